"""What `publisher.yml` says a machine needs, brought there: system packages, data, an environment."""

"""Where pages go: the site's folder, a zip, a server; what is weighed and scrubbed on the way."""

"""What other systems read to set a project up: dev containers, Binder, Docker, Apptainer. Pure.

All of it comes from one `Machine`, and leaves the work to `publisher setup`, so that `publisher.yml` stays the one
place where it is said what a project needs.
"""

FORMATS = {
    name: f"publisher.standards.containers.{name}"
    for name in ("devcontainer", "binder", "dockerfile", "apptainer")
}  #: name -> module with `files(machine)`

"""How it runs and ships: definitions, resources, jobs, releases and the command line."""

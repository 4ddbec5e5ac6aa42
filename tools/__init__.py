"""Commands that build, check and describe the project; never deployed."""

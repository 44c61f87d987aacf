"""The services Penstock can call, one file each. Nothing is imported here: the registry loads a file when it is asked for."""

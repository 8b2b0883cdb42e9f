"""The commands: one file each, loaded when it is asked for. stdout is data, stderr is narration."""

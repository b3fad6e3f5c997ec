"""The subcommands of `repclip`, one file each."""

#!/usr/bin/env python
"""The command line of cxprofiles. Every command takes --data-dir: the folder of the stack that it speaks to."""

import os
import sys


def main() -> None:
    """Run one management command; a missing stack is said in a sentence, not in a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxprofiles.settings")
    sys.argv = take_data_dir(sys.argv)
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError:
        from django.conf import settings

        if settings.STACK or os.environ.get("DATABASE_URL"):
            raise
        sys.exit(
            f"cxprofiles: no stack runs over {settings.DATA_DIR.path}, and DATABASE_URL is not set. "
            "Start one with `manage.py up`, name its folder with --data-dir, or set DATABASE_URL."
        )


def take_data_dir(arguments: list[str]) -> list[str]:
    """The arguments without --data-dir, which goes into the environment: the settings read it first."""
    rest: list[str] = []
    left = iter(arguments)
    for argument in left:
        if argument == "--data-dir":
            os.environ["CXPROFILES_DATA_DIR"] = next(left, "") or sys.exit("cxprofiles: --data-dir needs a folder.")
        elif argument.startswith("--data-dir="):
            os.environ["CXPROFILES_DATA_DIR"] = argument.partition("=")[2]
        else:
            rest.append(argument)
    return rest


if __name__ == "__main__":
    main()

"""`python -m infra.cli` is the command `shopfloor`."""

from infra.cli.app import main

if __name__ == "__main__":
    main()

import sys

from ._main import main

main(sys.argv[1:])

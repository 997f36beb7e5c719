"""Writes a property of a login through libsasl2's own store call; SASL's tools cannot.

As a program, because libsasl2 has one configuration a process:

    sasl_property.py DIRECTORY LOGIN PROPERTY VALUE

DIRECTORY holds the relaypermit.conf that says which plugin stores it.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

SASL_PATH_TYPE_CONFIG = 1  # <sasl/sasl.h>


def store(directory: Path, login: str, value: str, name: str = "sendAs") -> None:
    """Sets the property; AssertionError, with libsasl2's own words, where it cannot."""
    done = subprocess.run([sys.executable, __file__, str(directory), login, name, value],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def main(directory: str, login: str, name: str, value: str) -> None:
    sasl = ctypes.CDLL("libsasl2.so.2")
    sasl.sasl_errstring.restype = ctypes.c_char_p
    sasl.prop_new.restype = ctypes.c_void_p

    def check(status: int, what: str) -> None:
        if status != 0:
            sys.exit(f"{what}: {sasl.sasl_errstring(status, None, None).decode()}")

    check(sasl.sasl_set_path(SASL_PATH_TYPE_CONFIG, directory.encode()), "sasl_set_path")
    check(sasl.sasl_server_init(None, b"relaypermit"), "sasl_server_init")
    connection = ctypes.c_void_p()
    check(sasl.sasl_server_new(b"smtp", None, None, None, None, None, 0, ctypes.byref(connection)), "sasl_server_new")
    context = ctypes.c_void_p(sasl.prop_new(0))
    property_name = name.encode()  # alive to the end: libsasl2 keeps the pointer
    names = (ctypes.c_char_p * 2)(property_name, None)
    check(sasl.prop_request(context, names), "prop_request")
    check(sasl.prop_set(context, property_name, value.encode(), len(value.encode())), "prop_set")
    check(sasl.sasl_auxprop_store(connection, context, login.encode()), "sasl_auxprop_store")
    sasl.prop_dispose(ctypes.byref(context))
    sasl.sasl_dispose(ctypes.byref(connection))


if __name__ == "__main__":
    main(*sys.argv[1:])

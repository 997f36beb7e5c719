#!/bin/sh
# rspamd.lua in rspamd's own interpreter, which takes no arguments for a script.
if [ "$1" = --version ]; then
    echo "rspamd $(rspamadm --version | grep -o '[0-9][0-9.]*' | head -n 1)"
    exit
fi
exec rspamadm lua "$(dirname "$0")/rspamd.lua"

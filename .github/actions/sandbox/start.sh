#!/usr/bin/env bash
# Starts the sandbox in the background, waits until it answers, makes it take the key, and tells later steps its address.
set -euo pipefail

port=${SANDBOX_PORT:-8787}
here=$(cd "$(dirname "$0")" && pwd)
folder=$RUNNER_TEMP/sandbox
mkdir -p "$folder"

# The worked example's references point to the folder `secrets` of the working directory. All in it is made up.
INPUT_COMMAND="sandbox --port $port --state $folder/state.json --secrets secrets" INPUT_FILE=services.yaml \
  GITHUB_OUTPUT=/dev/null nohup python3 -I "$here/../reconcile/install.py" >"$RUNNER_TEMP/sandbox.log" 2>&1 &
echo "$!" >"$RUNNER_TEMP/sandbox.pid"

# The first install takes some seconds.
for _ in $(seq 600); do
  grep -q '^export RENDER_API_URL=' "$RUNNER_TEMP/sandbox.log" && break
  kill -0 "$!" 2>/dev/null || break
  sleep 0.2
done
if ! grep -q '^export RENDER_API_URL=' "$RUNNER_TEMP/sandbox.log"; then
  echo "the sandbox did not start:" >&2
  cat "$RUNNER_TEMP/sandbox.log" >&2
  exit 1
fi

python3 -I - "$port" <<'PYTHON'
import json, os, sys, urllib.request

body = json.dumps({"owners": None, "key": os.environ["KEY"]}).encode()
urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/control/keys", data=body, timeout=10)
PYTHON
echo "RENDER_API_URL=http://127.0.0.1:$port/v1" >>"$GITHUB_ENV"

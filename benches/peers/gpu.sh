#!/usr/bin/env bash
# Everything there is to measure on a machine with an NVIDIA GPU, in one call; the tables come last.
#
#   benches/peers/gpu.sh [SILHOUETTE_BINARY [WEIGHTS_FOLDER]]
#
# The machine needs PyTorch with CUDA and nothing else; nothing is fetched or built. The binary is
# the one assets/build-cuda.sh makes. Results go to $OUT, or to gpu-results/. SECONDS_IN_ALL bounds
# the time (540), PYTHON names the interpreter that holds PyTorch.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
out=${OUT:-gpu-results}
binary=${1:-}
weights=${2:-$here/../../weights}

# Where PyTorch's wheels and the toolkit keep NVIDIA's libraries; the binary opens them by name.
libraries=$("$python" - <<'PY'
import glob, os, site, sys
roots = dict.fromkeys([*site.getsitepackages(), *sys.path])
folders = [f for root in roots if root for f in glob.glob(os.path.join(root, "nvidia", "*", "lib"))]
print(":".join(folders + glob.glob("/usr/local/cuda*/lib64")))
PY
)
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PYTHONUNBUFFERED=1

nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm --format=csv,noheader || true
uptime
arguments=(--out "$out" --seconds "${SECONDS_IN_ALL:-540}")
if [ -n "$binary" ]; then
  [ -x "$binary" ] || chmod +x "$binary"
  "$binary" --version
  arguments+=(--silhouette "$binary" --weights "$weights")
fi
mkdir -p "$out"
"$python" -W ignore "$here/gpu.py" "${arguments[@]}" | tee "$out/gpu.txt"

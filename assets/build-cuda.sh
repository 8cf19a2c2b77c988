#!/usr/bin/env bash
# Builds Silhouette with CUDA, on a machine that has neither a GPU nor NVIDIA's toolkit, and prints
# the binary's path. The binary starts anywhere: it opens NVIDIA's libraries when `--device cuda`
# asks for them and not before. Where it is to compute it needs a driver for CUDA 13 (580 or later),
# a GPU of the Ampere generation or later, and libcublas, libcurand and libnvrtc of CUDA 13 – from a
# toolkit, or from the Python packages nvidia-cublas, nvidia-curand and nvidia-cuda-nvrtc, most of
# which come with PyTorch (their folders site-packages/nvidia/*/lib go onto LD_LIBRARY_PATH).
#
#   assets/build-cuda.sh [--check] [more arguments for cargo]
#
# `--check` only type-checks. Everything fetched or made lies in ${XDG_CACHE_HOME:-~/.cache}/silhouette-cuda;
# a second call fetches and makes nothing again. CARGO_TARGET_DIR is honoured; give CUDA builds one
# of their own, since the flags below differ from those of other builds.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

verb=build
if [ "${1:-}" = --check ]; then
  verb=check
  shift
fi
[ "$(uname -sm)" = 'Linux x86_64' ] || { say 'This script knows Linux on x86-64 only.'; exit 1; }

cache=${XDG_CACHE_HOME:-$HOME/.cache}/silhouette-cuda
toolkit=$cache/toolkit/nvidia/cu13
host=x86_64-unknown-linux-gnu

# 1. The compiler. candle carries its kernels as PTX, which the driver translates on first use; a
#    driver refuses PTX newer than itself, and 580 knows CUDA 13.0, so no later nvcc will do.
fetch_compiler() {
  [ -x "$toolkit/bin/nvcc" ] && return
  local wheels=$cache/wheels wheel
  say 'Fetching nvcc 13.0 from PyPI (about 100 MB).'
  mkdir -p "$wheels" "$cache/toolkit"
  python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$wheels" \
    nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88 \
    nvidia-cuda-cccl==13.0.85 nvidia-cuda-runtime==13.0.96
  for wheel in "$wheels"/*.whl; do
    python3 -m zipfile -e "$wheel" "$cache/toolkit"
  done
  # Last, because its executability is what says that the toolkit is complete.
  chmod -R u+x "$toolkit/nvvm/bin" "$toolkit/bin"
}

# 2. candle's kernels for quantised language models take longer to compile than all others, and no
#    network here calls them. In their place come empty PTX, and functions that abort.
write_compiler_wrapper() {
  cat >"$cache/nvcc-for-images" <<WRAPPER
#!/usr/bin/env bash
set -euo pipefail
source=\${!#}
task=other
output=
while [ \$# -gt 0 ]; do
  case \$1 in
    -c) task=object ;;
    --ptx) task=ptx ;;
    -o) output=\$2 ;;
    --output-directory) output=\$2/\$(basename "\$source" .cu).ptx ;;
  esac
  arguments+=("\$1")
  shift
done
aborting() {
  # Every function the Rust side declares, in one object; the others stay empty.
  local declarations=src/ffi.rs
  echo '#include <stdlib.h>'
  sed -nE 's/^ *pub fn ([a-z0-9_]+).*/void \1(void) { abort(); }/p' "\$declarations" | sort -u
}
case \$task:\$(basename "\$source") in
  ptx:quantized.cu) printf '.version 9.0\n.target sm_80\n.address_size 64\n' >"\$output" ;;
  object:moe_gguf.cu) aborting | gcc -x c -fPIC -c - -o "\$output" ;;
  object:moe_*.cu | object:mmvq_*.cu | object:mmq_*.cu) gcc -x c -fPIC -c - -o "\$output" </dev/null ;;
  *) exec "$toolkit/bin/nvcc" "\${arguments[@]}" ;;
esac
WRAPPER
  chmod +x "$cache/nvcc-for-images"
}

# 3. Libraries to satisfy `-lcuda` and its like. They are empty, so the linker drops them again.
write_empty_libraries() {
  local name
  mkdir -p "$cache/empty"
  for name in cuda cudart cublas cublasLt curand nvrtc; do
    [ -e "$cache/empty/lib$name.so" ] ||
      gcc -shared -x c /dev/null -o "$cache/empty/lib$name.so" -Wl,-soname,"lib$name.so.absent"
  done
}

fetch_compiler
write_compiler_wrapper
write_empty_libraries

# 4. candle asks cudarc, its door to CUDA, to link the libraries, with which the binary would not
#    start without them. This switch makes cudarc open them at run time instead. Its build script
#    refuses to see both wishes; it does not see this one, because with --target given the flags
#    reach only what runs on the target.
flags=(
  --cfg 'feature="dynamic-loading"'
  -L "native=$cache/empty"
  -C link-arg=-Wl,--as-needed
)
# Unit separators instead of spaces, for paths with spaces.
CARGO_ENCODED_RUSTFLAGS=$(printf '%s\x1f' "${flags[@]}")
export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%$'\x1f'}

# PTX for Ampere: the driver translates it for every later GPU too. (For 90, candle's builder would
# ask for instructions that exist on Hopper alone.)
export CUDA_COMPUTE_CAP=80 CUDARC_CUDA_VERSION=13000
export CUDA_HOME=$toolkit NVCC=$cache/nvcc-for-images PATH=$toolkit/bin:$PATH

cargo "$verb" --locked --features cuda --target "$host" "$@" >&2
[ "$verb" = check ] || echo "${CARGO_TARGET_DIR:-target}/$host/debug/silhouette"

#!/usr/bin/env bash
# Checks that this machine can build (`setup-debian.sh run`) and test (`setup-debian.sh test`)
# Silhouette, and installs the Debian packages that are missing. Needs no rights when none is.
# Tests also want readers of DICOM that only PyPI has; they go into a folder of their own.
set -euo pipefail

build=(ca-certificates cmake g++ pkg-config)
runtime=(libegl1 libgl1 libgl1-mesa-dri libvulkan1 mesa-vulkan-drivers
  fonts-noto-cjk libx11-6 libx11-xcb1 libxcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0 libxrandr2)
testing=(dcmtk dicom3tools imagemagick openbox poppler-utils
  python3-venv tesseract-ocr xdotool xvfb)

wanted=("${build[@]}" "${runtime[@]}")
[ "${1:-run}" = test ] && wanted+=("${testing[@]}")

say() { printf '%s\n' "$*" >&2; }

install_missing() {
  local missing=() package
  for package in "${wanted[@]}"; do
    dpkg-query --show --showformat '${Status}\n' "$package" 2>/dev/null |
      grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return

  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "These packages are missing: ${missing[*]}"
      say "Install them as root: apt-get install --no-install-recommends ${missing[*]}"
      exit 1
    fi
    as_root=(sudo)
  fi
  say "Installing missing system packages: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 --yes)
  "${apt[@]}" update >&2
  "${apt[@]}" install --no-install-recommends "${missing[@]}" >&2
}

# dcmqi and highdicom, at the versions that the tests name. Where they cannot be had, the tests
# that want them say so.
install_validators() {
  local list folder
  list="$(dirname "$0")/../tests/exports/validators.txt"
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/silhouette-tools/validators"
  cmp --silent "$list" "$folder/installed.txt" && return
  say "Installing readers of DICOM made by others into $folder"
  if python3 -m venv --clear "$folder" &&
    "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$list" >&2; then
    cp "$list" "$folder/installed.txt"
  else
    say "The readers could not be installed (python3 with venv and PyPI are needed)."
  fi
}

if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
  install_missing
elif [ "$(uname -s)" = Linux ]; then
  say "This is no Debian system, so nothing was installed. Needed are a C++ compiler, cmake,"
  say "pkg-config, a Vulkan driver (Mesa's lavapipe will do), the X11 or Wayland client libraries,"
  say "libxkbcommon and, for names in Chinese, Japanese and Korean, Noto Sans CJK; for the tests also Xvfb, xdotool, ImageMagick, openbox, DCMTK, dicom3tools, Poppler, Tesseract and Python 3.11 with venv."
else
  command -v cmake >/dev/null || say "Please install cmake and a C++ compiler first."
fi

[ "${1:-run}" = test ] && install_validators

if ! command -v cargo >/dev/null; then
  say "Rust is missing. Install it from https://rustup.rs (the stable release will do):"
  say "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
  say "then open a new shell and repeat the command."
  exit 1
fi

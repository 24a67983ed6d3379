#!/usr/bin/env bash
# Takes the pictures of README.md anew, from `puhui demo`, into docs/pictures. The list of them is
# SHOTS in crates/puhui/tests/doors/browser/pictures.rs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PUHUI_TEST_SKIP=postgres exec ./test -p puhui --test doors -- --ignored pictures_for_the_readme

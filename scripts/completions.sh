#!/usr/bin/env bash
# Writes the completion scripts of stn under the names that shells look for, and says where they belong.
# Usage: scripts/completions.sh STN FOLDER
set -euo pipefail
stn="$1" folder="$2"
mkdir -p "$folder"
"$stn" --generate-completion-script bash > "$folder/stn.bash"
"$stn" --generate-completion-script zsh > "$folder/_stn"
"$stn" --generate-completion-script fish > "$folder/stn.fish"
cat <<END
bash  source $folder/stn.bash, or copy it to ~/.local/share/bash-completion/completions/stn
zsh   copy $folder/_stn to a folder of \$fpath
fish  copy $folder/stn.fish to ~/.config/fish/completions/
END

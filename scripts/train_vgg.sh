#!/usr/bin/env bash
# Train the VGG of the converted network on one GPU in about nine minutes: first a float network of
# the same stack, then the ternary one, which begins with its weights and learns from its classes.
#
#   scripts/train_vgg.sh OUT        # with LAVA_INTSNN_DATA; writes OUT/vgg-cifar10.npz, about 1.7 MB
#
# Runs are kept in RUNS (default OUT/runs, about 130 MB each) and resumed if the command is given
# again. The test set is left alone: `lava-intsnn convert certify OUT/vgg-cifar10.npz` looks at it.
# To try everything with a few batches of a small stack on a CPU:
#
#   DEVICE=cpu STACK=8C3-8C3-P2-16 LIMIT=80 BATCH=20 TEACHER_EPOCHS=1 EPOCHS=1 \
#       scripts/train_vgg.sh OUT
set -euo pipefail

out=${1:?name the folder to write to}
runs=${RUNS:-$out/runs}
python=${PYTHON:-python}
read -ra faster <<< "${FASTER---half --compile}" # FASTER= for neither
how=(--device "${DEVICE:-cuda}" "${faster[@]}" --no-test --data-dir "${LAVA_INTSNN_DATA:?}")
[[ -z ${LIMIT:-} ]] || how+=(--limit "$LIMIT")
mkdir -p "$out" "$runs"

# train NAME OPTIONS...: begin the run, or go on with it; OPTIONS of the recipe are for its begin
train() {
    local file="$runs/$1.npz" begin=("${@:2}")
    if [[ -e $file ]]; then
        begin=(--resume "$file")
    fi
    "$python" -m lava_intsnn convert train "${begin[@]}" "${taught[@]}" "${how[@]}" --out "$file"
}

recipe=(--batch "${BATCH:-250}")
taught=()
train teacher vgg-cifar10 ${STACK:+--stack "$STACK"} --weight-bits 32 --k 7 --decay 0.05 "${recipe[@]}" \
    --epochs "${TEACHER_EPOCHS:-80}" --average 500
taught=(--teacher "$runs/teacher.npz")
train student --from "$runs/teacher.npz" --weight-bits 2 --k 0 "${recipe[@]}" \
    --epochs "${EPOCHS:-100}" --average 500 --distill 50
"$python" -m lava_intsnn convert pack "$runs/student.npz" --out "$out/vgg-cifar10.npz"

"""Tables 3.1-3.3, B.5, 4.1-4.5, C.1 and C.2 of Gomez & Tang as data.

Nothing is corrected here. MP is their integer network ("16-8"), FP32 the float one.
"""

from __future__ import annotations

#: Table 3.1, bytes: section -> (MP 16-8, FP32), for I = 175, H = 256, B = 128, O = 20.
STATIC_BYTES = {
    "hidden forward": (311_812, 831_494),
    "output forward": (15_364, 40_968),
    "parameters": (8, 20),
}
DYNAMIC_BYTES = {
    "hidden forward": (14_842_624, 39_537_664),
    "output forward": (749_376, 2_728_256),
    "error": (2_560, 10_420),
    "output update": (11_520, 40_960),
    "hidden update": (160_128, 438_272),
}
STATIC_TOTAL = (327_184, 872_482)
DYNAMIC_TOTAL = (15_766_202, 42_755_572)
MEMORY_TOTAL = (16_093_386, 43_628_054)

#: Table 3.2: caption of the block -> section -> operations.
OPERATIONS: dict[str, dict[str, dict[str, int]]] = {
    "Floating point": {
        "hidden forward": {
            "ADD": 116_180_812, "MUL": 115_402_342, "B-MUL": 655_360, "SHIFT": 1_059_452,
            "CMP": 655_360, "ABS": 327_680,
        },
        "output forward": {
            "ADD": 2_149_454, "MUL": 1_996_881, "B-MUL": 51_200, "SHIFT": 361_080,
            "CMP": 51_200, "ABS": 25_600,
        },
        "error": {"ADD": 128, "MUL": 152, "SHIFT": 2_560},
        "output update": {"ADD": 12_780, "MUL": 2_560, "SHIFT": 15_360},
        "hidden update": {"ADD": 126_976, "MUL": 37_888, "SHIFT": 134_400},
        "total": {
            "ADD": 118_470_151, "MUL": 117_439_825, "B-MUL": 706_560, "SHIFT": 1_572_853,
            "CMP": 706_560, "ABS": 353_280,
        },
    },
    "Integer-only": {
        "hidden forward": {
            "ADD": 116_180_812, "MUL": 115_730_022, "B-MUL": 655_360, "CMP": 655_360,
            "ABS": 327_680,
        },
        "output forward": {
            "ADD": 2_475_459, "MUL": 2_328_535, "B-MUL": 51_200, "CMP": 51_200, "ABS": 25_600,
        },
        "error": {"ADD": 2_688, "MUL": 2_560, "EXP": 617},
        "output update": {"ADD": 12_780, "MUL": 12_800},
        "hidden update": {"ADD": 126_976, "MUL": 127_488},
        "total": {
            "ADD": 118_798_715, "MUL": 118_201_405, "B-MUL": 706_560, "CMP": 706_560,
            "ABS": 353_280, "EXP": 617,
        },
    },
}  # fmt: skip

#: Table 3.3, pJ: operation -> (8-bit integer, 32-bit integer, 16-bit float, 32-bit float).
ENERGY: dict[str, tuple[float, float, float | None, float | None]] = {
    "ADD": (0.03, 0.1, 0.4, 0.9),
    "MUL": (0.2, 3.1, 1.1, 3.7),
    "SHIFT": (0.024, 0.13, None, None),
}

#: Table B.5: network -> coefficient -> (MP 16-8, FP32).
ACTIVITY = {
    "mnist-snn": {
        "A_I": (0.8693, 0.8693), "A_hidW": (0.9999, 0.9999), "A_hidS": (0.2741, 0.2634),
        "A_outW": (0.9999, 0.9999), "A_outS": (0.0541, 0.1503),
    },
    "shd-rsnn": {
        "A_I": (0.5496, 0.5496), "A_rec": (0.9999, 0.9999), "A_hidW": (0.9999, 0.9999),
        "A_recW": (0.9999, 0.9999), "A_hidS": (0.3047, 0.3514), "A_outW": (0.9999, 0.9999),
        "A_outS": (0.0597, 0.2413),
    },
}  # fmt: skip

#: Tables 4.1-4.5: table -> (row, column) -> (mean, standard deviation) in percent, of 10 seeds.
ACCURACY: dict[str, dict[tuple[str, str], tuple[float, float]]] = {
    "4.1": {
        ("feedback", "16-8"): (94.54, 1.89), ("feedback", "fp32"): (97.33, 0.15),
        ("final", "16-8"): (95.14, 0.27), ("final", "fp32"): (96.10, 0.12),
        ("direct", "16-8"): (97.54, 0.05), ("direct", "fp32"): (97.18, 0.13),
    },
    "4.2": {
        ("standard", "16-8"): (97.54, 0.05), ("positive", "16-8"): (95.06, 1.21),
        ("random", "16-8"): (97.55, 0.21),
    },
    "4.3": {
        ("SNN", "8-4"): (94.24, 0.27), ("SNN", "16-4"): (95.47, 0.15),
        ("SNN", "8-8"): (96.89, 0.14), ("SNN", "16-8"): (97.55, 0.09),
        ("SNN", "16-16"): (97.43, 0.14), ("SNN", "fp32"): (97.33, 0.15),
    },
    "4.4": {
        ("CSNN", "8-4"): (95.19, 0.84), ("CSNN", "16-4"): (97.73, 0.19),
        ("CSNN", "8-8"): (97.16, 0.20), ("CSNN", "16-8"): (98.10, 0.10),
        ("CSNN", "16-16"): (97.88, 0.17), ("CSNN", "fp32"): (97.85, 0.12),
    },
    "4.5": {
        ("SNN", "16-4"): (49.85, 1.29), ("SNN", "16-8"): (50.10, 1.14),
        ("SNN", "16-12"): (62.06, 1.16), ("SNN", "16-16"): (61.92, 1.53),
        ("SNN", "fp32"): (55.27, 1.97),
        ("RSNN", "16-4"): (57.62, 0.95), ("RSNN", "16-8"): (64.63, 1.49),
        ("RSNN", "16-12"): (70.50, 1.43), ("RSNN", "16-16"): (67.75, 1.34),
        ("RSNN", "fp32"): (71.64, 0.95),
    },
}  # fmt: skip

#: Table -> (row, column) -> figures of others that the paper quotes, mean and deviation: in 4.5 of
#: Cramer et al., whose networks learned in floats by backpropagation through time.
QUOTED: dict[str, dict[tuple[str, str], tuple[float, float]]] = {
    "4.5": {("SNN", "fp32"): (48.10, 1.60), ("RSNN", "fp32"): (71.40, 1.90)},
}

#: Table C.1, Shapiro-Wilk: table -> (row, column) -> (W, p).
NORMALITY = {
    "4.1": {
        ("direct", "16-8"): (0.9459, 0.6202), ("final", "16-8"): (0.9744, 0.9286),
        ("feedback", "16-8"): (0.8984, 0.2102), ("direct", "fp32"): (0.9169, 0.3317),
        ("final", "fp32"): (0.9334, 0.4818), ("feedback", "fp32"): (0.8635, 0.0839),
    },
    "4.2": {
        ("standard", "16-8"): (0.9459, 0.6202), ("positive", "16-8"): (0.9721, 0.9096),
        ("random", "16-8"): (0.7845, 0.0094),
    },
    "4.3": {("SNN", "16-8"): (0.9459, 0.6202), ("SNN", "fp32"): (0.8635, 0.0839)},
}  # fmt: skip

#: Table C.2, one-sided: table -> (the larger series, the smaller one) -> p.
COMPARISONS: dict[str, dict[tuple[tuple[str, str], tuple[str, str]], float]] = {
    "4.1": {
        (("direct", "16-8"), ("final", "16-8")): 0.0,
        (("direct", "16-8"), ("feedback", "16-8")): 0.0006,
        (("final", "16-8"), ("feedback", "16-8")): 0.2010,
        (("feedback", "fp32"), ("direct", "fp32")): 0.0427,
        (("feedback", "fp32"), ("final", "fp32")): 0.0,
        (("direct", "fp32"), ("final", "fp32")): 0.0,
    },
    "4.2": {
        (("standard", "16-8"), ("positive", "16-8")): 0.0,
        (("random", "16-8"), ("positive", "16-8")): 0.0009,
        (("standard", "16-8"), ("random", "16-8")): 0.3710,
    },
    "4.3": {(("SNN", "16-8"), ("SNN", "fp32")): 0.0012},
}

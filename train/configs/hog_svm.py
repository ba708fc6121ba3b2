"""The baseline without a network: histograms of oriented gradients and a linear SVM (scikit-learn).

Command:   python -m train fit --config hog_svm
Machine:   1 of 2 CPU cores (AMD EPYC), 2.7 minutes of its time; 4.3 GB of memory.
Accuracy:  PublicTest 45.8% (44.2% to 47.4%), macro-F1 0.372; agreement with FER+'s majority 52.2%.
"""

from __future__ import annotations

from train.config import BaselineConfig


def get_config() -> BaselineConfig:
    """See the module's docstring."""
    return BaselineConfig(name="hog_svm")

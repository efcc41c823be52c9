# Makes scores.safetensors: scikit-learn's scores of classifiers and of regression, after each of three batches that are
# added up. Class 4 is never a label, class 3 never a prediction; scores have ties.

import numpy as np
from scipy.special import softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve

from recorder import Recorder, numbers

recorder = Recorder()
CLASSES = 6
parts = {name: [] for name in ("logits", "labels", "scores", "positive", "predictions", "targets")}

for i, size in enumerate((40, 1, 23)):
    logits = 3 * np.asarray(numbers(size, CLASSES, offset=500 * i), np.float32)
    logits[:, 3] = -20 - logits[:, 3]
    labels = (np.arange(size) * 7 // 3 % (CLASSES - 1)).astype(np.int32)
    # Every second label is the largest logit, so that the classifier is better than chance.
    best = logits.argmax(1)
    usable = (np.arange(size) % 2 == 0) & (best != 4)
    labels = np.where(usable, best, labels).astype(np.int32)
    scores = np.round(np.asarray(numbers(size, offset=900 + 50 * i), np.float32) * 8) / 8  # ties
    scores = ((scores - scores.min()) / max(np.ptp(scores), 1)).astype(np.float32)
    positive = (np.arange(size) * 5 % 7 < 3 + 2 * (scores > 0.5)).astype(np.int32)
    targets = np.asarray(2 * numbers(size, offset=1300 + 70 * i) + 5, np.float32)
    predictions = np.asarray(targets + 0.5 * numbers(size, offset=1700 + 70 * i), np.float32)
    batch = dict(logits=logits, labels=labels, scores=scores, positive=positive, predictions=predictions, targets=targets)
    for name, array in batch.items():
        recorder.keep(f"{i}/{name}", array)
        parts[name].append(array)
    all = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    logits, labels = all["logits"].astype(np.float64), all["labels"]
    predicted = logits.argmax(1)

    def keep(name, value):
        recorder.keep(f"{i}/{name}", np.asarray(value, np.float64))

    matrix = metrics.confusion_matrix(labels, predicted, labels=range(CLASSES))
    keep("confusion", matrix)
    for average in ("micro", "macro", "weighted"):
        for name in ("precision", "recall", "f1"):
            score = getattr(metrics, f"{name}_score")
            keep(f"{name} {average}", score(labels, predicted, average=average, zero_division=0))
    occurs = np.unique(np.concatenate([labels, predicted]))
    keep("occurs", occurs)
    for name in ("precision", "recall", "f1"):
        score = getattr(metrics, f"{name}_score")
        keep(f"{name} each", score(labels, predicted, average=None, labels=occurs, zero_division=0))
    for k in (1, 2, 4):
        keep(f"top {k}", metrics.top_k_accuracy_score(labels, logits, k=k, labels=range(CLASSES)))
    probabilities = softmax(logits, axis=1)
    keep("perplexity", np.exp(metrics.log_loss(labels, probabilities, labels=range(CLASSES))))
    scores, positive = all["scores"].astype(np.float64), all["positive"]
    keep("auroc", metrics.roc_auc_score(positive, scores))
    keep("average precision", metrics.average_precision_score(positive, scores))

    def calibration(correct, confidence, bins):
        true, mean = calibration_curve(correct, confidence, n_bins=bins)
        bin = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
        counts = np.bincount(bin, minlength=bins)
        counts = counts[counts > 0]
        return (counts * np.abs(true - mean)).sum() / counts.sum()

    keep("calibration", calibration(predicted == labels, probabilities.max(1), 10))
    keep("calibration binary", calibration(positive, scores, 8))
    y, x = all["targets"].astype(np.float64), all["predictions"].astype(np.float64)
    keep("mae", metrics.mean_absolute_error(y, x))
    keep("mse", metrics.mean_squared_error(y, x))
    keep("rmse", metrics.root_mean_squared_error(y, x))
    keep("r2", metrics.r2_score(y, x))

recorder.save(__file__)

"""Makes fixtures.json: reference values from scipy, numpy, scikit-learn and the vendi-score package.

Run: python make_fixtures.py   (numpy, scipy, scikit-learn, vendi-score). The result is committed; nothing else needs
Python.
"""
import json
import pathlib

import numpy as np
from scipy import optimize, stats
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import cosine_similarity
from vendi_score import vendi

rng = np.random.default_rng(0)
out = {}

out["t"] = [[df, float(stats.t.ppf(0.975, df))] for df in [1, 2, 3, 4, 5, 7, 10, 15, 20, 29, 30]]

groups = [rng.normal(m, 1, n).round(6).tolist() for m, n in [(0, 3), (1, 3), (0.5, 4), (2, 2)]]
flat = np.concatenate(groups)
f = stats.f_oneway(*groups)
within = sum(((np.array(g) - np.mean(g)) ** 2).sum() for g in groups) / (len(flat) - len(groups))
n0 = (len(flat) - sum(len(g) ** 2 for g in groups) / len(flat)) / (len(groups) - 1)
out["variance"] = {
    "groups": groups,
    "sd": float(np.std(flat, ddof=1)),
    "within": float(within),
    "between": float((f.statistic * within - within) / n0),  # F is MSB / MSW
}

values = rng.normal(size=37).round(6).tolist()
out["quantiles"] = {"values": values, "at": [[q, float(np.quantile(values, q))] for q in [0, 0.025, 0.4, 0.975, 1]]}

vectors = rng.normal(size=(24, 6)).round(6)
out["embeddings"] = {"vectors": vectors.tolist(), "vendi": float(vendi.score_K(cosine_similarity(vectors)))}

texts = ["3+4=?", "3+4=?", "12-7+1=?", "What is 7 in binary?", "what is 9 in binary?", "6*7=?", "6 * 7 = ?", "12-7+2=?"]
counts = CountVectorizer(analyzer="char", ngram_range=(3, 3), lowercase=False).fit_transform(texts)
out["texts"] = {"texts": texts, "vendi": float(vendi.score_K(cosine_similarity(counts)))}

def binomial(of, k):
    """Clopper and Pearson's interval, and the mid-p one: the ends at which P(beyond) + P(equal) / 2 is 2.5 %."""
    exact = stats.binomtest(k, of).proportion_ci(method="exact")
    above = lambda p: stats.binom.sf(k, of, p) + stats.binom.pmf(k, of, p) / 2 - 0.025
    below = lambda p: stats.binom.cdf(k - 1, of, p) + stats.binom.pmf(k, of, p) / 2 - 0.025
    low = 0.0 if k == 0 else float(optimize.brentq(above, 1e-12, 1 - 1e-12, xtol=1e-14))
    high = 1.0 if k == of else float(optimize.brentq(below, 1e-12, 1 - 1e-12, xtol=1e-14))
    return {"of": of, "k": k, "exact": [float(exact.low), float(exact.high)], "midP": [low, high]}


out["binomial"] = [binomial(of, k) for of in [2, 4, 6, 10, 12] for k in range(of + 1)]

pathlib.Path(__file__).with_name("fixtures.json").write_text(json.dumps(out, indent=1) + "\n")

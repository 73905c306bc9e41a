"""The measures: pure functions over arrays, each with its formula and where that comes from.

| module | what it answers |
|---|---|
| `quality` | how often and how far is the model wrong, where labels are known |
| `spread` | how far would these numbers move by chance alone |
| `drift` | do columns, scores or predictions look as they did |
| `estimate` | what can be said of quality without labels, and of all features at once |
| `fairness` | are groups treated alike |
| `health` | is the data itself in order |

Numbers are arrays of float64 in which NaN is a missing value; words are codes of
categories in which -1 is a missing value (`arrays`). What cannot be computed raises
`Undefined` with a sentence, where others answer NaN, or 0 and a warning: a number that
stands for "cannot be said" would be held against a threshold.
"""

"""From a check to values: each module takes the columns that a kind of measure needs and calls `measures`.

`found(check, context)` tells one value for the model, each feature, or each group; where there is none, it tells why.
"""

"""Operations by kind, under the names torch gives them."""

# One input, one output of the same shape, number by number.
SMOOTH = frozenset({
    "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "tanh", "softplus", "softsign", "logsigmoid",
    "leaky_relu", "prelu", "rrelu", "hardtanh", "hardswish", "hardsigmoid", "hardshrink", "softshrink", "tanhshrink",
    "threshold", "erf",
})  # fmt: skip
POINTWISE = SMOOTH | frozenset({
    "relu", "relu6", "clamp", "clamp_min", "clamp_max", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal",
    "rdiv", "rtruediv", "square", "abs", "sin", "cos", "atan", "pow", "sinh", "cosh", "logit",
})  # fmt: skip

# Numbers are only moved, copied or dropped.
MOVES = frozenset({
    "view", "reshape", "view_as", "reshape_as", "flatten", "unflatten", "ravel", "permute", "transpose", "t",
    "swapaxes", "swapdims", "movedim", "moveaxis", "squeeze", "unsqueeze", "cat", "stack", "hstack", "vstack",
    "dstack", "split", "chunk", "tensor_split", "unbind", "getitem", "get", "select", "narrow", "index_select",
    "gather", "take_along_dim", "expand", "expand_as", "broadcast_to", "broadcast_tensors", "repeat",
    "repeat_interleave", "tile", "contiguous", "clone", "to", "type", "type_as", "float", "double", "half",
    "bfloat16", "cpu", "cuda", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout",
    "feature_alpha_dropout", "flip", "roll", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "unfold", "pad",
    "constant_pad_nd", "masked_fill", "setitem", "copy", "requires_grad", "identity", "squeeze_multiple", "diagonal",
    "as_strided", "sort", "topk", "alias", "atleast_1d", "atleast_2d", "atleast_3d", "masked_select", "where",
})  # fmt: skip

# The largest of some numbers is moved.
PEAKS = frozenset({
    "max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
    "amax", "max",
})  # fmt: skip

# Linear in what depends on the input, with weights of the network or fixed ones.
WEIGHTED = frozenset({
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "addmm",
})  # fmt: skip
AVERAGES = frozenset({"avg_pool2d", "adaptive_avg_pool2d"})
SUMS = frozenset({
    "add", "sub", "rsub", "neg", "sum", "mean", "cumsum", "nansum", "lerp", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "interpolate", "upsample", "fold",
    "grid_sample", "batch_norm", "trace", "diff",
})  # fmt: skip
PRODUCTS = frozenset({"mul", "matmul", "einsum", "dot", "mv", "outer", "div"})

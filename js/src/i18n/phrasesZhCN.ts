/**
 * Python 端的英文短语及其中文：方法、设置、基线与说明。{0}、{1} 代表会变化的部分。
 * 未收录的短语按英文原样显示（完整性由 tests/test_phrases.py 检查）。
 */
export const phrasesZhCN: Readonly<Record<string, string>> = {
  // 方法
  "Ablation-CAM": "消融 CAM",
  "A layer's channels, each weighted by how much the output drops when that channel is set to zero.":
    "某一层的各通道，权重为将该通道置零后输出下降的幅度。",
  "Accumulated local effects": "累积局部效应（ALE）",
  "How the output changes along a column, step by step, each step only with rows that are there.":
    "输出沿某一列逐段的变化；每一段只使用实际落在其中的行。",
  Activations: "激活（特征图）",
  "What a layer puts out for the input: one map per channel, in the layer's own numbers and on one scale.":
    "某一层对该输入的输出：每个通道一张图，保留原始数值，共用一个标尺。",
  "Additive surrogate": "加性代理模型",
  "The model as a sum of curves, one for each raw column, as far as that goes; it says how far.":
    "把模型近似为各原始列曲线之和，并说明近似的程度。",
  Anchors: "锚点规则（Anchors）",
  "An if-then rule under which the model nearly always decides as it does here, whatever the rest of the input is.":
    "一条“如果……则……”规则：只要满足它，无论输入的其余部分如何，模型几乎总是作出与此处相同的判定。",
  Attention: "注意力",
  "How much each token takes from each other token: the weights of every layer and head, as the model computes them.":
    "每个词元从其他词元获取多少：各层各头的权重，与模型计算的一致。",
  "Attention × gradient": "注意力 × 梯度",
  "Which tokens the output needs, from attention weighted by the target's gradient to it.":
    "由目标梯度加权的注意力给出：输出依赖哪些词元。",
  "Attention rollout": "注意力展开（rollout）",
  "How much of each input token reaches a token at the end, if every layer only mixed tokens by its attention.":
    "假定每层只按注意力混合词元，每个输入词元有多少到达末端的词元。",
  "Attribution summary": "归因汇总",
  "How much each column contributes in each row of a dataset, and where the explained row is among them.":
    "数据集每一行中各列的贡献，以及所解释的行在其中的位置。",
  Cohorts: "群组对比",
  "What the model uses for two groups of rows, what it predicts for them, and how right it is: a check for bias.":
    "模型对两组行各依据什么、作出什么预测、准确程度如何：用于检查偏差。",
  Counterfactuals: "反事实",
  "The smallest changes of the input after which the model decides otherwise: several, each with other changes.":
    "使模型改变判定的最小改动；给出多个，每个改动不同。",
  "Decision boundary": "决策边界",
  "The output over a plane through the explained row, and the line along which the decision changes.":
    "过所解释行的平面上的输出，以及判定发生改变的分界线。",
  "Decision tree": "决策树",
  "A decision tree with the row's way through it: your own, or one tree of an ensemble, read off the model.":
    "决策树以及该行在其中经过的路径：您自己的树，或从集成模型中读出的一棵树。",
  Deconvolution: "反卷积",
  "The gradient, with every ReLU passing only positive gradients back, whatever its input was.":
    "梯度，但每个 ReLU 只向后传递正梯度，不论其输入如何。",
  "What each number adds to output - base, carried back through the network by differences instead of slopes.":
    "每个数值对“输出 − 基值”的贡献：用差值而非斜率沿网络反向传递。",
  Deletion: "删除曲线",
  "How quickly the output falls when the parts that an explanation ranks first are removed first.":
    "先移除解释中排名靠前的部分时，输出下降得多快。",
  "Exact SHAP": "精确 SHAP",
  "Shapley values from all 2^d coalitions, averaged over the baseline rows.":
    "由全部 2^d 个联盟计算的 Shapley 值，对基线行取平均。",
  "Expected gradients": "期望梯度",
  "Mean of (x - baseline row) · gradient at random places between random baseline rows and x (GradientSHAP).":
    "在随机基线行与 x 之间的随机位置上，(x − 基线行) · 梯度 的均值（GradientSHAP）。",
  "Feature ablation": "特征消融",
  "Output minus the output with one player (a column, a patch, a group) hidden behind the baseline, for each.":
    "输出减去将某个参与者（一列、一块或一组）以基线遮住后的输出，逐个计算。",
  "Feature correlations": "特征相关性",
  "How strongly every two columns of the dataset go together, whatever the model.":
    "数据集中每两列之间关联的强度；不涉及模型。",
  "Feature distributions": "特征分布",
  "How many rows have which values in each column, by predicted class, and where the explained row is among them.":
    "各列取值的行数分布（按预测类别），以及所解释的行在其中的位置。",
  "Where a layer's channels speak for the target: its activations, weighted by the target's gradient to them.":
    "某一层的通道在哪里支持目标：其激活按目标对它的梯度加权。",
  "Guided backpropagation": "引导反向传播",
  "The gradient, with every ReLU passing only positive gradients back, and only where its input was positive.":
    "梯度，但每个 ReLU 只在其输入为正处、且只向后传递正梯度。",
  "Guided Grad-CAM": "引导 Grad-CAM",
  "Guided backpropagation times the positive part of Grad-CAM: fine detail where the layer speaks for the target.":
    "引导反向传播乘以 Grad-CAM 的正部：在该层支持目标之处显示细节。",
  "H-statistic": "H 统计量",
  "Friedman and Popescu's H²: the share of what two columns do that they do only together.":
    "Friedman 与 Popescu 的 H²：两列的作用中只有共同才产生的那一部分所占比例。",
  Infidelity: "不忠实度",
  "Mean squared difference between the change that an explanation foretells and the change of the output.":
    "解释所预示的变化与输出实际变化之差的均方。",
  "Input × gradient": "输入 × 梯度",
  "Every number of the input times the gradient of the output to it.": "输入的每个数值乘以输出对它的梯度。",
  Insertion: "插入曲线",
  "How quickly the output rises when the parts that an explanation ranks first are put in first.":
    "先放入解释中排名靠前的部分时，输出上升得多快。",
  "Integrated gradients": "积分梯度",
  "Path of integrated gradients": "积分梯度的路径",
  "Integrated gradients step by step: what each piece of the straight way from baseline to input collects.":
    "逐步展示积分梯度：从基线到输入的直线上，每一段各收集了多少归因。",
  "(x - baseline) times the mean gradient on the straight line between them; sums to output - base.":
    "(x − 基线) 乘以两者之间直线上的平均梯度；总和等于 输出 − 基值。",
  "Kernel SHAP": "Kernel SHAP",
  "Weighted least squares over random coalitions, constrained to sum to output - base; all features are kept.":
    "对随机联盟作加权最小二乘，约束总和等于 输出 − 基值；保留所有特征。",
  "LASSO surrogate": "LASSO 代理模型",
  "A linear stand-in for the model with fewer and fewer columns: the whole path of the LASSO.":
    "用列数越来越少的线性模型代替原模型：完整的 LASSO 路径。",
  "Slopes of a linear model fitted to the outputs of random neighbours, near ones counting more.":
    "对随机邻近样本的输出拟合线性模型所得的斜率；越近的样本权重越大。",
  "Linear SHAP": "线性 SHAP",
  "Shapley values of a linear model, exactly, from its coefficients.":
    "由系数精确得到的线性模型的 Shapley 值。",
  LRP: "逐层相关性传播（LRP）",
  "The output itself, shared out backwards layer by layer, each in proportion to what its inputs contributed.":
    "把输出逐层向后分配，每层按其输入的贡献成比例分摊。",
  "Max-sensitivity": "最大敏感度",
  "How much an explanation changes, as a share of its size, when the input changes so little that it should not.":
    "输入只有不应产生影响的微小变化时，解释改变了多少（相对其大小）。",
  Occlusion: "遮挡",
  "Output minus the output with a window hidden behind the baseline; overlapping windows are averaged.":
    "输出减去以基线遮住某个窗口后的输出；重叠的窗口取平均。",
  "Owen values": "Owen 值",
  "Shapley values in two steps: blocks of features share the output, then the features of each block share its part.":
    "分两步的 Shapley 值：先由特征块分配输出，再由块内特征分配该块的份额。",
  "Partial dependence": "部分依赖",
  "The output while a column is set to one value after another, all other columns as they are.":
    "把某一列依次设为不同取值、其他列保持不变时的输出。",
  "Permutation importance": "置换重要性",
  "How much the score of the predictions drops when a column, or a group of columns, is shuffled.":
    "打乱某一列（或一组列）后，预测得分下降多少。",
  "Permutation SHAP": "置换 SHAP",
  Orders: "顺序",
  "keep the first 64 walks of the run, to step through them; the values stay the same.":
    "保留本次运行的前 64 次游走，以便逐步查看；数值不变。",
  "Mean contribution of each player as players enter in random order, in place of a random baseline row.":
    "参与者按随机顺序逐个取代随机基线行时，各自的平均贡献。",
  Randomization: "随机化检验",
  "A sanity check: how alike an explanation stays while the network's layers lose what they learned, last one first.":
    "合理性检查：网络各层自后向前逐层失去所学时，解释与原来还有多相似。",
  "Rule list": "规则列表",
  "A short list of if-then rules, made to agree with the model: the first rule that holds decides.":
    "一份尽量与模型一致的简短规则列表：由第一条成立的规则决定。",
  SAGE: "SAGE",
  "Shapley values of the loss: how much the predictions get better, on average, as a column becomes known.":
    "损失的 Shapley 值：得知某一列后，预测平均改善多少。",
  Saliency: "显著性（梯度）",
  "The gradient of the output with respect to the input, signed: the effect of a small change of each number.":
    "输出对输入的梯度（带符号）：每个数值微小变化的影响。",
  "Sampling SHAP": "采样 SHAP",
  "Mean contribution of each player at a random place in a random order, every player on its own.":
    "每个参与者在随机顺序的随机位置上的平均贡献，各自独立抽样。",
  "Score-CAM": "Score-CAM",
  "A layer's channels, each weighted by how well the input does when seen only through that channel's map.":
    "某一层的各通道，权重为只透过该通道的图观看输入时的得分。",
  "SHAP interactions": "SHAP 交互作用",
  "Shapley interaction values: each pair's joint effect, with what each column does alone on the diagonal.":
    "Shapley 交互值：每对列的共同作用；对角线为各列单独的作用。",
  "Mean gradient of copies of the input with Gaussian noise: the slope of a smoothed output.":
    "加高斯噪声的输入副本的平均梯度：平滑后输出的斜率。",
  Structure: "模型结构",
  "The model as a graph: its layers with shapes and parameter counts, and how data flow between them.":
    "以图表示模型：各层的形状与参数数目，以及数据在其间的流动。",
  "Tree SHAP": "树 SHAP",
  "Shapley values of a tree ensemble, exactly, read off its trees.":
    "直接从树中精确读出的树集成模型的 Shapley 值。",
  "Tree surrogate": "树代理模型",
  "A small decision tree, fitted to the model's own outputs: a readable stand-in, with its fidelity.":
    "对模型自身输出拟合的小决策树：可读的替代模型，并给出其保真度。",

  // 设置
  At: "位置（层）",
  Features: "特征",
  Grid: "网格",
  Precision: "精确度",
  Delta: "Delta（δ）",
  Terms: "条件数",
  Bins: "分箱数",
  Threshold: "阈值",
  Variant: "变体",
  Token: "词元",
  Fusion: "头的合并",
  Residual: "残差权重",
  Discard: "丢弃比例",
  Of: "针对",
  Each: "每行次数",
  By: "分组依据",
  "Split at": "分割点",
  Repeats: "重复次数",
  Rows: "行数",
  Goal: "目标判定",
  Fixed: "固定不变",
  Count: "个数",
  Plane: "平面",
  Window: "窗口",
  Tree: "树",
  Rules: "规则",
  Steps: "步数",
  Kind: "种类",
  Order: "顺序",
  Scale: "标尺",
  Perturbation: "扰动方式",
  Radius: "半径",
  Rule: "规则",
  "Kernel width": "核宽度",
  Distance: "距离",
  Regressor: "回归器",
  Alpha: "Alpha（α）",
  "Num features": "特征个数",
  Neighbourhood: "邻域",
  Epsilon: "Epsilon（ε）",
  Gamma: "Gamma（γ）",
  Draws: "抽样次数",
  Stride: "步幅",
  Correlation: "相关性",
  Centred: "居中",
  Scorer: "评分函数",
  Length: "长度",
  Noise: "噪声",
  Sigma: "Sigma（σ）",
  Over: "作用于",
  Depth: "深度",
  "the layer; the last convolution by default.": "层；默认为最后一个卷积层。",
  'columns of numbers, by name or number, separated by commas, or one pair "a × b"; by default the six that matter most.':
    "数值列，用名称或编号，以逗号分隔，或一对 “a × b”；默认为最重要的六列。",
  "number of bins of each column, or an array of edges (from Python).":
    "每列的分箱数，或边界数组（从 Python 传入）。",
  "the layer; by default the last convolution with what follows it directly (norm, activation).":
    "层；默认为最后一个卷积及紧随其后的部分（归一化、激活）。",
  "columns that are shown, by name or number, separated by commas; by default the six with the largest parts. The fit always uses all columns.":
    "显示的列，用名称或编号，以逗号分隔；默认为贡献最大的六列。拟合始终使用所有列。",
  "what the rule is to reach.": "规则应达到的精确度。",
  "probability of claiming it wrongly.": "误称达到的概率。",
  "most conditions of a rule.": "一条规则最多的条件数。",
  "of tables: intervals that a column of numbers is cut into, with equally many rows each.":
    "表格：把数值列切成行数相等的若干区间。",
  "asks whether the target's output is this or more, instead of about the predicted class.":
    "不问预测类别，而问目标输出是否不小于此值。",
  "a layer to look into; the whole model by default.": "要查看的层；默认为整个模型。",
  "how the patches of a picture are laid out, where the picture does not tell.":
    "图像块的排列方式（当图像本身无法说明时）。",
  "Chefer's relevance, or the plain product.": "Chefer 相关性，或简单乘积。",
  "the token whose relevance is shown; by default the class token, the last token of a causal model, or the mean over all. The product sums over all tokens by default.":
    "显示其相关性的词元；默认为类别词元、因果模型的最后一个词元，或全部的平均。乘积默认对所有词元求和。",
  "how the heads of a layer become one.": "如何把一层的各个头合而为一。",
  "part of every token that a layer passes on unmixed.": "每个词元中未经混合直接通过一层的部分。",
  "part of each layer's weights, the smallest ones, that counts as zero.": "每层权重中视为零的最小部分。",
  "the token at the end whose mixture is shown; by default the class token, the last token of a causal model, or the mean over all.":
    "显示其组成的末端词元；默认为类别词元、因果模型的最后一个词元，或全部的平均。",
  'the method that explains each row; "auto" takes the exact one for trees or linear models, else sampling.':
    "解释每一行的方法；“auto” 对树或线性模型取精确方法，否则采样。",
  "evaluations for each row, where the method samples.": "采样方法对每行的求值次数。",
  "the column that splits; by default the first with categories, else the one that matters most.":
    "用于分组的列；默认为第一个类别列，否则为最重要的列。",
  "a number (by default the median), or the category of group A (by default the most frequent).":
    "一个数（默认为中位数），或 A 组的类别（默认为最常见的）。",
  "importance by shuffling, or mean size of attributions.": "打乱所得的重要性，或归因大小的平均。",
  "how often every column is shuffled.": "每列打乱的次数。",
  "rows of each group that are explained.": "每组中被解释的行数。",
  "another class by default; a class, or an output like '> 0.8'.":
    "默认为其他类别；一个类别，或形如 “> 0.8” 的输出。",
  "columns that must not change, or words, segments or spans that must stay (a list, or names with commas).":
    "不得改变的列，或必须保留的词、区块或时段（列表，或以逗号分隔的名称）。",
  "how many examples are shown at most.": "最多显示多少个例子。",
  "two columns, or the two main directions of all columns of numbers.": "两列，或所有数值列的两个主方向。",
  "the two columns of a slice, by name or number; by default the two that matter most.":
    "切片的两列，用名称或编号；默认为最重要的两列。",
  "how much is shown: 1 is from the 1 % to the 99 % quantile of the data; less zooms in on the row.":
    "显示范围：1 为数据的 1 % 至 99 % 分位数；更小则放大到该行附近。",
  "points a side.": "每边的点数。",
  "the output at which the decision changes; by default 0 for margins, 0.5 for probabilities, else the mean over the data.":
    "判定改变处的输出；默认边距为 0，概率为 0.5，否则为数据上的均值。",
  "number of the tree, from 0; where every class has trees of its own, among those of the target's class.":
    "树的编号，从 0 开始；若每个类别有各自的树，则在目标类别的树中编号。",
  "a layer, whose output is then explained instead of the input.":
    "某一层；此时解释的是该层的输出而不是输入。",
  '"rescale", or "reveal-cancel" (positive and negative changes before an activation apart); or a mapping from layer name, module type, position, "conv", "linear" or "*" to one of them.':
    "“rescale” 或 “reveal-cancel”（激活前的正负变化分开处理）；或从层名、模块类型、位置、“conv”、“linear” 或 “*” 到其一的映射。",
  'the explanation that is judged, or a method whose explanation is made first; "auto" takes the usual one.':
    "要评价的解释，或先由其生成解释的方法；“auto” 取通常的方法。",
  "points of the curve at most; with more parts than that, several go at a time.":
    "曲线最多的点数；部分更多时，一次移除若干个。",
  "random orders to compare with.": "用于比较的随机顺序数。",
  "a layer, whose output is then explained instead of the input; the lines run between what it puts out for the baseline and for the input.":
    "某一层；此时解释的是该层的输出而不是输入；各直线连接该层对基线与对输入的输出。",
  "columns by name or number, separated by commas; by default all, or of more than 200 those that the model uses most.":
    "列，用名称或编号，以逗号分隔；默认为全部，超过 200 列时取模型用得最多的。",
  "what is measured for two columns of numbers: straight lines, or any rising or falling curve.":
    "两个数值列之间度量什么：直线关系，或任意单调关系。",
  "as in the table, or columns that go together beside each other.": "按表中的顺序，或把相关的列排在一起。",
  "columns by name or number, separated by commas; by default the twelve that matter most.":
    "列，用名称或编号，以逗号分隔；默认为最重要的十二列。",
  "what splits the rows: the prediction, the true outcomes (labels=), or nothing.":
    "行按什么分组：预测、真实结果（labels=），或不分组。",
  "bins of each column of numbers; 0: by the rule of Freedman and Diaconis.":
    "每个数值列的分箱数；0：按 Freedman–Diaconis 规则。",
  "the layer; the last convolution by default (of a transformer, its last useful normalisation).":
    "层；默认为最后一个卷积层（对 Transformer，为最后一个有用的归一化层）。",
  "how channels are weighted.": "通道如何加权。",
  "Grad-CAM's layer; the last convolution by default.": "Grad-CAM 的层；默认为最后一个卷积层。",
  "columns by name or number, separated by commas; by default the six that matter most.":
    "列，用名称或编号，以逗号分隔；默认为最重要的六列。",
  "rows of the sample; the cost is rows² for every column and every pair.":
    "样本的行数；每列和每对列的代价为行数的平方。",
  "the share (H²), or the size in units of the output.": "比例（H²），或以输出单位表示的大小。",
  "how the input is changed.": "输入如何改变。",
  "standard deviation of the noise, as a share of each column's, or of the range of a picture.":
    "噪声的标准差，相对各列的标准差，或相对图像的取值范围。",
  "a layer, whose output is then explained instead of the input (layer gradient × activation).":
    "某一层；此时解释的是该层的输出而不是输入（层梯度 × 激活）。",
  "points of the curve at most; with more parts than that, several come at a time.":
    "曲线最多的点数；部分更多时，一次放入若干个。",
  'where gradients are taken; "adaptive" refines where they change and knows its own error.':
    "在何处取梯度；“adaptive” 在梯度变化处加密，并给出自身的误差。",
  "number of gradients of a fixed rule (a trapezoid takes one more).":
    "固定规则的梯度个数（梯形法多取一个）。",
  "a layer, whose output is then explained instead of the input; the line runs between what it puts out for the baseline and for the input.":
    "某一层；此时解释的是该层的输出而不是输入；直线连接该层对基线与对输入的输出。",
  "columns to draw, with commas between; empty draws those with the largest coefficients.":
    "要绘制的列，以逗号分隔；留空则绘制系数最大的列。",
  "how fast weights fall with distance; by default 0.75 √columns for tables, 0.25 for players.":
    "权重随距离下降的快慢；默认表格为 0.75 √列数，参与者为 0.25。",
  '"euclidean" (tables) or "cosine" (players); "auto" takes the usual one.':
    "“euclidean”（表格）或 “cosine”（参与者）；“auto” 取通常的一种。",
  '"ridge", "lasso" (many slopes become zero) or "ols" (least squares).':
    "“ridge”、“lasso”（许多斜率变为零）或 “ols”（最小二乘）。",
  "penalty; by default 1 for ridge, and for the lasso a tenth of the one that leaves nothing.":
    "惩罚；ridge 默认为 1，lasso 默认为使一切归零之值的十分之一。",
  "only so many features, those that come first along the lasso's path (K-LASSO).":
    "只保留这么多特征，取 lasso 路径上最先出现的（K-LASSO）。",
  '"instance" (around the input) or "training" (over the training rows, as the original).':
    "“instance”（输入周围）或 “training”（训练行上，与原版一致）。",
  '"interventional", or "conditional" (Gaussian, at most 12 players).':
    "“interventional”，或 “conditional”（高斯，最多 12 个参与者）。",
  'a rule\'s name, a composite ("epsilon-plus", "epsilon-plus-flat", "epsilon-alphabeta", "epsilon-gamma-box"), or a mapping from layer name, module type, position, "conv", "linear" or "*" to a rule, (rule, its numbers in order), as ("gamma", 0.25), ("alphabeta", 2, 1), ("zbox", -1, 1), or (rule, {number: value}).':
    '规则名、组合规则（“epsilon-plus”、“epsilon-plus-flat”、“epsilon-alphabeta”、“epsilon-gamma-box”），或从层名、模块类型、位置、“conv”、“linear” 或 “*” 到规则的映射；可带数值，如 ("gamma", 0.25)。',
  "what pushes denominators away from zero.": "使分母远离零的量。",
  'extra weight of supporting contributions ("gamma").': "支持性贡献的额外权重（“gamma”）。",
  'weight of supporting contributions ("alphabeta"); beta is alpha - 1.':
    "支持性贡献的权重（“alphabeta”）；beta 为 alpha − 1。",
  "a layer, whose output is then explained instead of the input; positions count from there.":
    "某一层；此时解释的是该层的输出而不是输入；位置从该层起计。",
  "half the side of the box, as a share of each column's standard deviation, or of a picture's range.":
    "邻域边长的一半，相对各列的标准差，或相对图像的取值范围。",
  "inputs that are explained.": "被解释的输入个数。",
  "pixels, one number or one per axis, an eighth of the longer side by default; steps of one channel of a series, or channels and steps; words of a text, one by default.":
    "像素数，一个数或每轴一个，默认为长边的八分之一；序列为单个通道的步数，或通道数与步数；文本为词数，默认为一。",
  "steps between windows, half the window by default; places between windows are 0.":
    "窗口之间的步幅，默认为窗口的一半；窗口之间的位置为 0。",
  "{0} of {1} places are in no window (a smaller stride covers all): 0.":
    "{1} 个位置中有 {0} 个不在任何窗口内（更小的步幅可覆盖全部）：记为 0。",
  "absolute rank correlation from which columns are one block, where no groups are given.":
    "未给出分组时，绝对秩相关达到此值的列归为一块。",
  'columns by name or number, separated by commas, or one pair "a × b"; by default the six that matter most.':
    "列，用名称或编号，以逗号分隔，或一对 “a × b”；默认为最重要的六列。",
  "number of points of each column, or an array of points (from Python).":
    "每列的点数，或点的数组（从 Python 传入）。",
  "the average over the rows, one line per row, or both.": "各行的平均、每行一条线，或两者都要。",
  "whether every line starts at zero at the left end, so that shapes can be compared.":
    "是否让每条线在左端从零开始，以便比较形状。",
  "scikit-learn scorer, accuracy or r2 by default; a callable takes (estimator, X, y), or (outcomes, predictions); larger is better.":
    "scikit-learn 评分函数，默认为 accuracy 或 r2；可调用对象接受 (estimator, X, y) 或 (outcomes, predictions)；越大越好。",
  'shuffle over all rows ("marginal"), or among rows alike in the other columns ("conditional").':
    "在所有行间打乱（“marginal”），或只在其他列相近的行间打乱（“conditional”）。",
  "how often the whole network is made random.": "整个网络随机化的次数。",
  "most rules, besides the last one for everything else.": "最多的规则数（不含最后一条兜底规则）。",
  'the loss: "log_loss", "zero_one_loss", "squared_error" or "absolute_error", the name of scikit-learn\'s scorer that is the mean of one ("neg_log_loss", "accuracy", "neg_mean_squared_error", …), or a callable (outcomes (n,), predictions (n, outputs)) -> losses (n,).':
    "损失：“log_loss”、“zero_one_loss”、“squared_error” 或 “absolute_error”，对应的 scikit-learn 评分函数名，或可调用对象 (outcomes, predictions) -> losses。",
  "random rows over which the prediction of a partly known row is averaged.":
    "对部分已知的行，预测在多少随机行上取平均。",
  "standard deviation of the noise, as a share of the input's range (largest minus smallest value).":
    "噪声的标准差，相对输入的取值范围（最大值减最小值）。",
  "standard deviation in the input's own units, instead of `noise`.":
    "以输入自身单位表示的标准差，代替 “noise”。",
  "mean, mean square, or variance of the gradients.": "梯度的均值、均方或方差。",
  "the method whose answers are averaged.": "对其结果取平均的方法。",
  "a layer, whose output is then explained, and made noisy, instead of the input.":
    "某一层；此时解释的是该层的输出，噪声也加在该输出上。",
  '"interventional", "path", or "auto" (interventional if you gave a baseline).':
    "“interventional”、“path” 或 “auto”（给出基线时为 interventional）。",
  "questions one after the other, at most.": "最多连续提问的层数。",

  // 基线
  "As given": "如所给",
  "Rows of the data": "数据的行",
  Zeros: "全零",
  Mean: "均值",
  Black: "黑色",
  White: "白色",
  Blur: "模糊",
  Uniform: "均匀噪声",
  "Max distance": "最远值",
  Permute: "打乱",
  Mask: "掩码",
  Pad: "填充",
  Delete: "删除",
  "all zeros": "全零",
  "the mean": "均值",
  black: "黑色",
  "black (its lowest value, {0})": "黑色（其最小值 {0}）",
  "white (its highest value, {0})": "白色（其最大值 {0}）",
  white: "白色",
  "the blurred input": "模糊后的输入",
  "the input with strong noise": "加强噪声的输入",
  "uniform noise": "均匀噪声",
  "the farthest value": "最远的取值",
  "rows of the data: absent means “as in a random row”": "数据的行：缺失即“如同随机的一行”",
  "what you passed as baseline=": "您以 baseline= 传入的内容",
  "values shuffled: marginals kept, relations broken": "取值打乱：保留边际分布，打破相互关系",
  "absent words deleted": "缺失的词被删除",
  "{0} given rows": "所给的 {0} 行",
  "{0} rows of the data": "数据的 {0} 行",

  // 说明
  "Method chosen for you: {0}.": "已自动选择方法：{0}。",
  "Outputs stand for the outcomes in this order: {0}.": "各输出依次对应这些结果：{0}。",
  "Target {0} is the output with this number, {1}; a text means a name.":
    "目标 {0} 按序号理解为输出 {1}；用文本表示名称。",
  "Target chosen for you: {0}.": "已自动选择目标：{0}。",
  "Layer chosen for you: {0}.": "已自动选择层：{0}。",
  "Scorer chosen for you: {0}.": "已自动选择评分函数：{0}。",
  "Loss chosen for you: {0}.": "已自动选择损失：{0}。",
  "Rows explained by {0}, chosen for you; set of=.": "各行由 {0} 解释（自动选择；可设 of=）。",
  "Threshold chosen for you: the mean output over the data, {0}.": "已自动选择阈值：数据上的平均输出 {0}。",
  "Goal chosen for you: at least {0}, {1}.": "已自动选择目标判定：至少 {0}，{1}。",
  "Goal chosen for you: at most {0}, {1}.": "已自动选择目标判定：至多 {0}，{1}。",
  "Columns chosen for you: the {0} of {1} whose shuffling changes the output most. Set features=.":
    "已自动选择列：{1} 列中打乱后输出变化最大的 {0} 列。可设 features=。",
  "Blocks chosen for you (rank correlation of at least {0}): {1}.": "已自动选择块（秩相关至少 {0}）：{1}。",
  "No groups= given{0}: every player is alone, so these are Shapley values.":
    "未给出 groups={0}：每个参与者自成一块，因此这些就是 Shapley 值。",
  "Split by {0}, chosen for you; set by=.": "按 {0} 分组（自动选择；可设 by=）。",
  "Split at the median of {0}, {1}; set split_at=.": "在 {0} 的中位数 {1} 处分组；可设 split_at=。",
  "{0} against the other {1} categories of {2}; set split_at=.":
    "{2} 的 {0} 与其余 {1} 个类别相比；可设 split_at=。",
  "Only {0} rows with {1}: too few to say much.": "满足 {1} 的只有 {0} 行：太少，难以下结论。",
  "Attributions of {0} of {1} rows with {2}, chosen at random.":
    "满足 {2} 的 {1} 行中随机抽取 {0} 行计算归因。",
  "{0} rows without a value of {1} are left out.": "{1} 无取值的 {0} 行未计入。",
  "Beyond the range of the given rows: {0}.": "超出所给各行的取值范围：{0}。",
  "Labels that are no class of the model count as wrong: {0}.": "不属于模型类别的标签按错误计：{0}。",
  "{0} of {1} rows, chosen at random.": "从 {1} 行中随机抽取 {0} 行。",
  "Lines of at most {0} of {1} rows, chosen at random, fit the memory.":
    "内存最多容纳 {1} 行中随机抽取的 {0} 行的曲线。",
  "Decisions were asked for {0} of {1} rows, chosen at random.": "从 {1} 行中随机抽取 {0} 行询问判定。",
  "Quantiles and coverage from {0} of {1} rows, chosen at random.":
    "分位数与覆盖率由 {1} 行中随机抽取的 {0} 行得出。",
  "Hidden behind {0} of {1} baseline rows, chosen at random.": "以 {1} 个基线行中随机抽取的 {0} 行遮住。",
  "Some candidates were left out: the model returned no finite number for them.":
    "部分候选未计入：模型对它们未返回有限的数值。",
  "Searched without gradients: {0}": "未用梯度搜索：{0}",
  "The averages are read off the trees, over all rows; the errors are from {0} of them.":
    "平均值直接从树中读出，覆盖所有行；误差由其中 {0} 行得出。",
  "The averages are read off the trees, over all rows; the bands are from {0} of them.":
    "平均值直接从树中读出，覆盖所有行；区间带由其中 {0} 行得出。",
  "{0}: {1} of {2} rows have no value; the grid is over the known ones.":
    "{0}：{2} 行中有 {1} 行无取值；网格只覆盖已知取值。",
  "The grid runs over the {0} quantiles of a column; give grid=[…] for other points.":
    "网格覆盖列的 {0} 分位数；其他点请用 grid=[…]。",
  "{0} has the same value in every row.": "{0} 在每一行中取值相同。",
  "{0}: {1} of {2} categories.": "{0}：{2} 个类别中的 {1} 个。",
  "{0}: {1} of {2} categories, the others together.": "{0}：{2} 个类别中的 {1} 个，其余合并。",
  "{0}: {1} rows outside the given edges are left out.": "{0}：所给边界之外的 {1} 行未计入。",
  "{0}: {1} empty bins were joined with their neighbours.": "{0}：{1} 个空箱已与相邻的箱合并。",
  "{0} bins a side: the most for two columns.": "每边 {0} 个分箱：两列时的最大值。",
  "Left out, because categories have no order to accumulate along: {0}.":
    "未计入（类别没有可累积的顺序）：{0}。",
  "The plane goes through the row, along the two main directions of {0} standardised columns ({1} % of their variance); every point is a full row, whole numbers become fractions.":
    "平面过该行，沿 {0} 个标准化列的两个主方向（占其方差的 {1} %）；每个点都是完整的一行，整数会变为小数。",
  "No row was chosen: the plane goes through a row of medians and most frequent categories.":
    "未选择行：平面过由中位数和最常见类别组成的一行。",
  "The other columns stay as the row has them.": "其他列保持该行的取值。",
  "Ended by the time limit of {0} s{1}; raise seconds= for more.":
    "因 {0} 秒的时限结束{1}；可增大 seconds=。",
  "The network draws random numbers: it was given the same ones each time, and others may change this.":
    "网络会抽取随机数：每次都给了它相同的随机数，换成别的随机数，结果可能不同。",
  "The baseline equals the input: nothing is ever absent, so every value is 0.":
    "基线与输入相同：没有任何部分缺失，因此所有值为 0。",
  "Left out, because not among the same tokens with as many heads: {0}.": "未计入（词元或头数不同）：{0}。",
  "What attends inside a scripted module is not seen: {0}.": "脚本化模块内部的注意力不可见：{0}。",
  "Seen from {0}; token= takes another view.": "从 {0} 来看；可用 token= 换一个视角。",
  "Map of {0} places at {1} ({2} channels), enlarged linearly.":
    "{1} 处 {0} 个位置的图（{2} 个通道），线性放大。",
  "Tokens before those of the {0}, which have no place on it: {1}.":
    "{0} 的词元之前、在其上没有位置的词元：{1}。",
  "Every window took a whole pass: computing only what a window changes gave other numbers.":
    "每个窗口都作了完整的前向计算：只计算窗口所改变的部分会得到不同的数值。",
  "Every window took a whole pass: {0}.": "每个窗口都作了完整的前向计算：{0}。",
  "Every window took a whole pass: the network's layers cannot be followed one by one.":
    "每个窗口都作了完整的前向计算：无法逐层跟踪该网络。",
  "About the output of layer {0} ({1}), not about the input{2}.": "关于层 {0}（{1}）的输出，而不是输入{2}。",
  "{0} runs {1} times; this is its last run.": "{0} 运行 {1} 次；这里是最后一次。",
  "Only ReLUs have a rule; kept their own gradient: {0}.": "只有 ReLU 有规则；以下保留自身的梯度：{0}。",
  "Every number is zero: on no way back to the input is the gradient positive at every ReLU.":
    "所有数值为零：没有一条返回输入的路径在每个 ReLU 处梯度都为正。",
  "The network has no ReLU, so this is the plain gradient.": "该网络没有 ReLU，因此这就是普通梯度。",
  "The {0} tokens have no known place in the input: values by position.":
    "{0} 个词元在输入中没有已知位置：按位置给出数值。",
  "{0} {1}, with a value of {2} in all, not drawn.": "{0} {1}，合计值 {2}，未绘制。",
  "The tokens are the rows of the input; their columns share each value equally.":
    "词元是输入的各行；每个值由其各列平分。",
  "Tokens are taken for stretches of {0} steps.": "词元视为长 {0} 步的片段。",
  "Special tokens, with a value of {0} in all, are not drawn.": "特殊词元（合计值 {0}）未绘制。",
  "{0} of {1} numbers are not finite.": "{1} 个数值中有 {0} 个不是有限值。",
  "The first {0} of {1} tokens have no place on the picture and are left out.":
    "{1} 个词元中的前 {0} 个在图上没有位置，未计入。",
  "{0} of {1} columns: those that alone follow the output best.": "{1} 列中的 {0} 列：单独最能跟随输出的列。",
  "Shown are the {0} of {1} columns with the largest parts. Set features=.":
    "显示 {1} 列中贡献最大的 {0} 列。可设 features=。",
  "Made from {0} rows; fidelity on rows left out, in {1} folds. Mean output {2}.":
    "由 {0} 行得出；保真度在留出的行上计算（{1} 折）。平均输出 {2}。",
  "Made from {0} rows, tested on {1} others.": "由 {0} 行得出，在另外 {1} 行上检验。",
  "Rules from {0} rows, tested on {1} others.": "规则由 {0} 行得出，在另外 {1} 行上检验。",
  "{0} rows are zero: masked tokens that may look at nothing.": "{0} 行为零：被遮住、什么也看不到的词元。",
  "Summed over the tokens that look.": "对所有观看的词元求和。",
  "Of one token that looks.": "针对一个观看的词元。",
  "Tree {0} of {1} (counted from 0). Its leaves hold {2}; {3}.":
    "第 {0} 棵树，共 {1} 棵（从 0 计）。叶子存有 {2}；{3}。",
  "Questions are about the columns that the Pipeline makes, not about the raw ones.":
    "问题针对 Pipeline 生成的列，而不是原始列。",
  "The only tree of a boosted model: its leaves hold what it adds to a constant.":
    "提升模型唯一的一棵树：叶子存有它加到常数上的量。",
  "No rule for {0}: its gradient was used, and the gap says what that costs.":
    "{0} 没有规则：使用了其梯度，代价见完备性误差。",
  "Some activations do not directly follow a layer with weights; they got the rescale rule.":
    "部分激活不直接跟在带权重的层之后；对它们使用 rescale 规则。",
  "The same value in every row, so nothing to measure: {0}.": "每行取值相同，无从度量：{0}。",
  "A category of its own in every row, so nothing to measure: {0}.": "每行类别各不相同，无从度量：{0}。",
  "{0} of {1} columns have missing values; a pair uses the rows in which both have values.":
    "{1} 列中有 {0} 列含缺失值；每对列使用两者都有取值的行。",
  "Grad-CAM is nowhere positive for this target, so the product is zero.":
    "对该目标，Grad-CAM 处处不为正，因此乘积为零。",
  "The values of {0} are parts of the output, not slopes: noise × value is another unit.":
    "{0} 的值是输出的组成部分而不是斜率：噪声 × 值 的单位不同。",
  "The values of {0} are slopes, not parts of the output: their sum is another unit.":
    "{0} 的值是斜率而不是输出的组成部分：其总和的单位不同。",
  "Rescaled: all values times {0}, the factor that fits these draws best.":
    "已重新缩放：所有值乘以 {0}，即与这些抽样最吻合的系数。",
  "Curves of the {0} columns with the largest coefficients. Set features=.":
    "系数最大的 {0} 列的曲线。可设 features=。",
  "{0} of {1} columns: {2}": "{1} 列中的 {0} 列：{2}",
  "Stopped after {0} neighbours, all that memory may hold.": "在 {0} 个邻近样本后停止：内存所能容纳的上限。",
  "{0} baseline rows are too few to know how {1} columns go together.":
    "{0} 个基线行太少，无法得知 {1} 列如何相互关联。",
  "The output itself changed by at most {0} (it is {1}).": "输出本身最多改变了 {0}（其值为 {1}）。",
  "All values are 0: changes are not divided by their size.": "所有值为 0：变化未除以其大小。",
  "Compared with the same explanation made again (at most {0} evaluations, this baseline): it is not the given one to the last digit.":
    "与重新生成的同一解释相比（最多 {0} 次求值，此基线）：与所给的解释在末位上可能不同。",
  "Every line is drawn relative to its left end.": "每条线都相对其左端绘制。",
  "No labels given: importance is the mean absolute change of the model's own output.":
    "未给出标签：重要性为模型自身输出变化绝对值的平均。",
  "The other columns leave less than {0} of the variance to shuffle of: {1}.":
    "其他列留下可打乱的方差不足 {0}：{1}。",
  "Up to {0} of {1} rows have no other row like them, and keep their value.":
    "{1} 行中至多 {0} 行没有相近的行，保持原值。",
  "There is no other column: all rows are alike, and the column is shuffled over all of them.":
    "没有其他列：所有行视为相近，该列在所有行间打乱。",
  "Made random, one after the other: {0}.": "依次随机化：{0}。",
  "No labels given: the loss is the squared distance from the model's own output.":
    "未给出标签：损失为与模型自身输出的平方距离。",
  "{0} of {1} channels are the same everywhere and were left out.": "{1} 个通道中有 {0} 个处处相同，未计入。",
  "Every copy is compared with the baseline: {0}.": "每个副本都与基线比较：{0}。",
  "Every copy is compared with the baseline chosen for you: {0}.": "每个副本都与自动选择的基线比较：{0}。",
  "Scripted by torch.jit, so what they get and give cannot be seen: {0}.":
    "由 torch.jit 脚本化，无法看到其输入与输出：{0}。",
  "Run over and over, drawn once: {0}.": "反复运行，只绘制一次：{0}。",
  "Of the {0} baseline rows, {1} drawn at random are used; the values are exact for these.":
    "从 {0} 个基线行中随机抽取 {1} 行使用；对这些行，数值是精确的。",
  "From {0} of the trees, drawn at random and scaled up to all.":
    "由随机抽取的 {0} 棵树得出，并按全部的树放大。",
  "Against each baseline row, values of the margin are scaled to add up to the change of probability; permutation_shap estimates the Shapley values of the probability itself.":
    "对每个基线行，间隔上的值按比例缩放，使其总和等于概率的变化；概率本身的 Shapley 值可用 permutation_shap 估计。",
  "Explains the average path length: short paths are anomalies. The anomaly score is a curve of it.":
    "解释的是平均路径长度：路径短即异常。异常分数是它的函数。",
  "The output is the same for all rows: there is nothing to stand in for.":
    "所有行的输出相同：没有可代理的内容。",
  "Judged: {0}, with its own defaults ({1}).": "被评价的：{0}，使用其自身的默认设置（{1}）。",
  "The explanation's baseline was {0}; here, absent means {1}.": "该解释的基线为 {0}；此处缺失的含义为 {1}。",
  "{0} and {1} move together (correlation {2}). How a value is shared between them is a choice of the method; groups= makes them one.":
    "{0} 与 {1} 同升同降（相关系数 {2}）。数值如何在二者之间分配取决于方法；groups= 可将其合为一。",
  "{0} and {1} move together (correlation {2}); so does 1 more pair. How a value is shared between them is a choice of the method; groups= makes them one.":
    "{0} 与 {1} 同升同降（相关系数 {2}）；另有 1 对亦然。数值如何在二者之间分配取决于方法；groups= 可将其合为一。",
  "{0} and {1} move together (correlation {2}); so do {3} more pairs. How a value is shared between them is a choice of the method; groups= makes them one.":
    "{0} 与 {1} 同升同降（相关系数 {2}）；另有 {3} 对亦然。数值如何在二者之间分配取决于方法；groups= 可将其合为一。",
  "Only {0} draws: where few rows make most of the loss, errors are larger than stated.":
    "仅有 {0} 次抽样：若损失主要来自少数行，则误差大于所示。",
  "All values are equal, so they have no order that could be lost: every correlation counts as 0.":
    "所有值相等，没有可失去的顺序：每个相关系数均计为 0。",
  "All values are equal: their order is a random one.": "所有值相等：其顺序是随机的。",
  "Part of the change is hidden from the gradient (detach, rounding, steps); the gap is its size.":
    "部分变化对梯度不可见（detach、取整、阶跃）；其大小即完备性误差。",
  "This output is no class, so the rule is about its being {0} ({1}) or more; choose with threshold=, or pass a target callable that returns true or false.":
    "该输出不是类别，因此规则针对其不小于 {0}（{1}）；可用 threshold= 选择，或传入返回真假的目标函数。",
  "{0} of the {1} baseline rows, drawn at random, stand for all; the error is beside that.":
    "从 {1} 个基线行中随机抽取 {0} 行代表全部；误差未包含这一点。",
  "Too few rows to know each column's scale: steps are as large as the column's own value (or 1).":
    "行数太少，无法得知各列的尺度：步长取该列自身的值（或 1）。",
  "Left out, because nearly every row has a text of its own, or none has a value: {0}.":
    "未计入（几乎每行文本各不相同，或均无取值）：{0}。",
  "The output reaches 90 % of its change at t = {0} of the way.":
    "输出在路径的 t = {0} 处达到其变化的 90 %。",
  "Everything is the mean over {0} ways, one from each baseline row.":
    "所有数值都是 {0} 条路径的平均，每个基线行一条。",
  "Baseline chosen for you: {0}.": "已自动选择基线：{0}。",
  "Method chosen for you: {0}, exact for a linear model.": "已自动选择方法：{0}（对线性模型精确）。",
  "Method chosen for you: {0}, exact for an ensemble of trees.": "已自动选择方法：{0}（对树集成精确）。",
  "Method chosen for you: {0}, exact for this few columns.": "已自动选择方法：{0}（列数少，可精确计算）。",
  "Judged: {0}, chosen for you, with its own defaults ({1}).":
    "被评价的：{0}（自动选择），使用其自身的默认设置（{1}）。",
  "Changed by noise; foretold: noise × value.": "以噪声改变；预示的变化：噪声 × 值。",
  "Changed by hiding random sets of parts; foretold: the sum of their values.":
    "以随机遮住若干部分来改变；预示的变化：其值之和。",
  "Of the output {0}, {1} is not in the sum (biases, stabilisers).":
    "输出 {0} 中有 {1} 不在总和之内（偏置与稳定项）。",
  "No rule for {0}: shared out by input times gradient.": "{0} 没有规则：按输入乘以梯度分配。",
  "Nothing here speaks for the target: no number is positive.": "此处没有支持该目标的部分：没有正值。",
  "those that alone follow the output best, on the same rows: R² may be a little too high.":
    "单独最能跟随输出的列（在相同的行上）：R² 可能略偏高。",
  "Local R² {0}; intercept {1}.": "局部 R² 为 {0}；截距 {1}。",
  "{0} neighbours, weighing as much as {1}.": "{0} 个邻近样本，权重合计相当于 {1} 个。",
  "The linear fit explains little of the output nearby: do not rely on the slopes.":
    "线性拟合对附近输出的解释力很低：不要依赖这些斜率。",
  "One neighbour outweighs all others: nothing can be fitted; choose a wider kernel_width.":
    "一个邻近样本的权重超过其余全部：无法拟合；请选择更大的 kernel_width。",
  "The output is the same for all neighbours: nothing to explain here.":
    "所有邻近样本的输出相同：此处没有可解释的内容。",
  "No groups= given: every player is alone, so these are Shapley values.":
    "未给出 groups=：每个参与者自成一块，因此这些就是 Shapley 值。",
  "Patches of a grid of {0} × {1}; every pixel has the value of its patch.":
    "{0} × {1} 网格的图像块；每个像素取其所在块的值。",
  "the given baseline": "所给的基线",
  "the given text": "所给的文本",
  "{0} given texts": "所给的 {0} 段文本",
  "{0}, token by token": "{0}，逐词元",
  "absent words replaced by {0}": "缺失的词替换为 {0}",
  "the mask token": "掩码词元",
  "the padding token": "填充词元",
  "embeddings of zero": "全零嵌入",
  "the mean embedding of all tokens": "所有词元的平均嵌入",
  "As good within a standard error: {0} columns, at {1} ({2}).":
    "一倍标准误差内同样好：{0} 列，惩罚 {1}（{2}）。",
  "On other rows (tenfold cross-validation over {0}) the best linear stand-in has R² {1} ± {2} with {3} of {4} columns, at penalty {5}.":
    "在其他行上（对 {0} 行做十折交叉验证），最好的线性代理模型的 R² 为 {1} ± {2}，使用 {4} 列中的 {3} 列，惩罚 {5}。",
  "Only what a window changes in each layer was computed, which agreed with whole passes on {0} windows. One evaluation is one window.":
    "每层只计算窗口改变的部分，在 {0} 个窗口上与完整计算一致。一次求值即一个窗口。",
  "Text cut: {0} takes {1} tokens and the text has {2}; the rest was not read.":
    "文本已截断：{0} 接受 {1} 个词元，而文本有 {2} 个；其余未读取。",
  "The network looks its tokens up in more than one table; in the others they are always there.":
    "该网络在多个嵌入表中查找词元；在其他表中词元始终存在。",
  "The output is the same for all rows, or no column goes with it: no coefficient.":
    "所有行的输出相同，或没有列与之相关：没有系数。",
  "its own path length": "它自身的路径长度",
  "its own prediction": "它自身的预测",
  "none, no two columns": "无，没有两列达到",
  "one tensor is read after another over its memory was overwritten":
    "一个张量在其内存被另一个张量改写后又被读取",
  "the mean of the data": "数据的平均值",
  "the mean over all tokens": "所有词元的平均",
  "the mean over the baseline rows": "基线行的平均值",
  "the model adds all of them up": "模型将所有树相加",
  "the model averages all of them": "模型对所有树取平均",
  "the output does not depend on the input": "输出不依赖于输入",
  "the training rows, by the cover of each node": "训练行（按各节点的覆盖数）",
  "token {0} ({1})": "词元 {0}（{1}）",
  "what decides between two classes": "两类之间的分界",
  "what it adds to the margin": "它加到间隔上的量",
  "what it adds to the output": "它加到输出上的量",
  "{0} evaluation": "{0} 次求值",
  "{0} evaluations": "{0} 次求值",
  "{0} looks at numbers": "{0} 会查看数值",
  "{0} writes in place": "{0} 会就地写入",
  "{0}: {1} must be True or False; got {2}": "{0}：{1} 必须是 True 或 False，得到的是 {2}",
  "{0}: {1} must be a number from {2} to {3}; got {4}": "{0}：{1} 必须是 {2} 到 {3} 的数，得到的是 {4}",
  "{0}: {1} must be a whole number from {2} to {3}; got {4}":
    "{0}：{1} 必须是 {2} 到 {3} 的整数，得到的是 {4}",
  "{0}: {1} must be one of {2}; got {3}": "{0}：{1} 必须是以下之一：{2}；得到的是 {3}",
  "Ended by the time limit of {0} s; raise seconds= for more.": "因 {0} 秒的时限结束；可增大 seconds=。",
  " for {0} rows": "（{0} 行）",
  "About the output of layer {0} ({1}), not about the input.": "关于层 {0}（{1}）的输出，而不是输入。",
  '; "absent" means that only this layer says what it says for the baseline':
    "；“缺失”指只有此层输出其对基线的结果",
  ", and {0} baseline rows do not tell which columns are correlated": "（{0} 个基线行不足以看出哪些列相关）",
  "{0} is locked in this lesson": "{0} 在本课中已锁定",
  "quiz: asks about attributions; choose another method; got {0}":
    "提问只针对归因：请换一种方法（当前为 {0}）",
  "quiz: needs two features or more; got {0}": "提问需要至少两个特征，得到的是 {0}",
  "quiz: needs attributions that are not zero; got {0}": "提问需要不为零的归因，得到的是 {0}",
  "{0}; {1}": "{0}；{1}",
  "{0} needs {1}": "{0} 需要{1}",
  "{0} needs one table (rows, columns), not several inputs": "{0} 需要一个表格（行、列），而非多个输入",
  "needs {0}": "需要{0}",
  "{0}: {1} '{2}' needs {3}; got {4}": "{0}：{1}“{2}”需要{3}；得到的是 {4}",
  "{0} takes at most {1} players, and here are {2}": "{0} 最多接受 {1} 个参与者，此处有 {2} 个",
  "two columns or more": "两列或更多列",
  "the predicted class": "预测的类别",
  "the dataset": "数据集",
  "the class token": "类别词元",
  "the mean token": "词元的平均",
  "median absolute deviations": "中位数绝对偏差",
  "the columns' own units": "各列自身的单位",
  "H² of a pair": "一对列的 H²",
  "size of the interaction, in units of the output": "交互作用的大小（输出单位）",
  "the column with all others together": "该列与其余所有列",
  "share of wrong classes": "判错类别的比例",
  "mean squared error": "均方误差",
  "growth of the {0}": "{0}的增长",
  "{0} when a column is shuffled within the group": "在组内打乱某列时的{0}",
  "mean size of attributions ({0})": "归因的平均大小（{0}）",
  "mean squared miss of the foretold change": "预言变化的均方偏差",
  "change of the explanation, as a share of its size": "解释的变化，占其大小的比例",
  interaction: "交互作用",
  alone: "单独",
  correlation: "相关",
  "Pearson's r": "皮尔逊 r",
  "Spearman's ρ": "斯皮尔曼 ρ",
  "corrected η": "校正 η",
  "corrected Cramér's V": "校正克拉默 V",
  "mean absolute change of the output": "输出的平均绝对变化",
  "drop of {0}": "{0} 的下降",
  "variance of the output explained": "所解释的输出方差",
  "an explanation of zeros": "全零的解释",
  "{0}, rescaled": "{0}（重新缩放）",
  "largest found": "找到的最大值",
  "the columns of a table (without groups=)": "表格的列（未用 groups=）",
  "parts that are hidden (of an image, a series or a text, or those of groups=)":
    "可隐藏的部分（图片、序列、文本的部分，或 groups= 给出的组）",
  "labels= (the true outcomes of the rows)": "labels=（各行的真实结果）",
  "training rows (a dataset, or many rows as baseline=)": "训练数据（数据集，或用 baseline= 给出多行）",
  "many baseline rows": "多个基线行",
  "at most 14 players (join some with groups=, or set segments=)":
    "最多 14 个参与者（可用 groups= 合并，或设置 segments=）",
  "at most 12 players (join some with groups=)": "最多 12 个参与者（可用 groups= 合并）",
  "a model that predicts": "能预测的模型",
  "a model with gradients (a torch module)": "有梯度的模型（torch 模块）",
  "a model with layers (a torch module)": "有层的模型（torch 模块）",
  "a model of parts (a torch module, or a scikit-learn Pipeline or ColumnTransformer)":
    "由部件组成的模型（torch 模块，或 scikit-learn 的 Pipeline 或 ColumnTransformer）",
  "a model with attention (a transformer in torch)": "有注意力的模型（torch 的 Transformer）",
  "an image": "图片",
  "an image or a series": "图片或序列",
  "a table": "表格",
  "a table, an image or a text": "表格、图片或文本",
  "a table, an image, a text or a series": "表格、图片、文本或序列",
  "segment {0}": "区块 {0}",
  "span {0}": "时段 {0}",
  "step {0} of {1}": "{1}的第 {0} 步",
  "steps {0} to {1} of {2}": "{2}的第 {0}–{1} 步",
  "steps {0} to {1}": "第 {0}–{1} 步",
  "floating-point numbers": "浮点数",
  "a dataset (rows)": "数据集（多行）",
  "a linear model, and an output that is linear in its columns (classifiers and models of counts: link='margin')":
    "线性模型，且输出对各列是线性的（分类器与计数模型：link='margin'）",
  "a decision tree, or an ensemble of trees that can be read (alone or at the end of a Pipeline)":
    "决策树，或可直接读取的树集成（单独或位于 Pipeline 末端）",
  "a tree ensemble (alone, or after steps of a Pipeline that treat every column by itself; permutation_shap takes any model), and an output that is a sum over its trees (boosted classifiers and models of counts: link='margin') or, with two classes, its probability":
    "树集成（单独，或位于逐列处理的 Pipeline 步骤之后；permutation_shap 适用于任何模型），且输出为各树之和（提升分类器与计数模型：link='margin'），或在二分类时为其概率",
  "an output that is a sum over trees (boosted classifiers and models of counts: link='margin')":
    "为各树之和的输出（提升分类器与计数模型：link='margin'）",
  "So far from {0} of {1} rows.": "目前基于 {1} 行中的 {0} 行。",
  "{0} of {1} rows of the data": "数据的 {1} 行中的 {0} 行",
  "{0} % to {1} %": "{0} % 至 {1} %",
};

# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np` and `torch` are there, as in the lesson.

# %% function="content_cost" kind="right" name="self_contained"
def content_cost(a_C, a_G):
    return 0.5 * torch.sum((a_C.detach() - a_G) ** 2)


# %% function="content_cost" kind="right" name="mse_loss"
def content_cost(a_C, a_G):
    with torch.no_grad():
        target = a_C.clone()
    return torch.nn.functional.mse_loss(a_G, target, reduction="sum") / 2


# %% function="content_cost" kind="right" name="dot_product"
def content_cost(a_C, a_G):
    apart = (a_G - a_C.detach()).flatten()
    return torch.dot(apart, apart).div(2)


# %% function="content_cost" kind="right" name="channel_by_channel"
def content_cost(a_C, a_G):
    total = torch.zeros(())
    for seen, wanted in zip(a_G[0], a_C[0].detach(), strict=True):
        total = total + (seen - wanted).pow(2).sum()
    return total * 0.5


# %% function="content_cost" kind="wrong" name="half_forgotten" message="You forgot the half: the content cost is 1/2 of the sum of the squares."
def content_cost(a_C, a_G):
    return ((a_G - a_C.detach()) ** 2).sum()


# %% function="content_cost" kind="wrong" name="mean_for_sum" message="You took the mean of the squares. This cost is half their sum: nothing is divided by their number."
def content_cost(a_C, a_G):
    return ((a_G - a_C.detach()) ** 2).mean() / 2


# %% function="content_cost" kind="wrong" name="mean_without_half" message="You took the mean of the squares. This cost is half their sum: nothing is divided by their number."
def content_cost(a_C, a_G):
    return torch.nn.functional.mse_loss(a_G, a_C.detach())


# %% function="content_cost" kind="wrong" name="other_form" message="You wrote the other form, the one with 1/(4HWC). Here the cost is 1/2 of the sum."
def content_cost(a_C, a_G):
    _, C, H, W = a_G.shape
    return ((a_G - a_C.detach()) ** 2).sum() / (4 * H * W * C)


# %% function="content_cost" kind="wrong" name="norm_not_squared" message="You took the norm itself. The cost is half of its square: leave the root out."
def content_cost(a_C, a_G):
    return torch.linalg.norm(a_G - a_C.detach()) / 2


# %% function="content_cost" kind="wrong" name="absolute_values" message="You added up how far they differ, not the squares of it."
def content_cost(a_C, a_G):
    return (a_G - a_C.detach()).abs().sum() / 2


# %% function="content_cost" kind="wrong" name="not_squared" message="You added up the differences, where those above and below cancel out. Square them first."
def content_cost(a_C, a_G):
    return (a_G - a_C.detach()).sum() / 2


# %% function="content_cost" kind="wrong" name="half_squared" message="You squared the half as well, which makes a quarter. Halve the sum of the squares."
def content_cost(a_C, a_G):
    return (((a_G - a_C.detach()) / 2) ** 2).sum()


# %% function="content_cost" kind="wrong" name="item" message="You returned a Python number. It has no gradient: return the tensor, without .item()."
def content_cost(a_C, a_G):
    return (((a_G - a_C) ** 2).sum() / 2).item()


# %% function="content_cost" kind="wrong" name="target_not_detached" message="Your gradient flows into the target too. a_C is what is aimed at: detach it."
def content_cost(a_C, a_G):
    return ((a_G - a_C) ** 2).sum() / 2


# %% function="content_cost" kind="wrong" name="wrong_one_detached" message="You detached a_G, and nothing pulls at the picture any more. Detach the target, a_C."
def content_cost(a_C, a_G):
    return ((a_G.detach() - a_C) ** 2).sum() / 2


# %% function="content_cost" kind="wrong" name="nothing_flows" message="You cut off both, and nothing pulls at the picture any more. Detach the target, a_C, alone."
def content_cost(a_C, a_G):
    with torch.no_grad():
        return ((a_G - a_C) ** 2).sum() / 2


# %% function="gram_matrix" kind="right" name="self_contained"
def gram_matrix(A):
    return torch.einsum("kn,ln->kl", A, A)


# %% function="gram_matrix" kind="right" name="outer_products"
def gram_matrix(A):
    C, N = A.shape
    G = torch.zeros(C, C, dtype=A.dtype, device=A.device)
    for n in range(N):
        G = G + torch.outer(A[:, n], A[:, n])
    return G


# %% function="gram_matrix" kind="right" name="broadcast"
def gram_matrix(A):
    return (A[:, None, :] * A[None, :, :]).sum(dim=-1)


# %% function="gram_matrix" kind="right" name="linear"
def gram_matrix(A):
    return torch.nn.functional.linear(A, A)


# %% function="gram_matrix" kind="wrong" name="positions_by_positions" message="You multiplied the wrong way round: A.T @ A compares positions, (N, N). A @ A.T compares channels."
def gram_matrix(A):
    return A.T @ A


# %% function="gram_matrix" kind="wrong" name="divided_by_positions" message="You divided by the number of positions. Nothing is divided here: the cost does that, and twice would be too much."
def gram_matrix(A):
    return A @ A.T / A.shape[1]


# %% function="gram_matrix" kind="wrong" name="divided_by_all" message="You divided by C times N. Nothing is divided here: the cost does that, and twice would be too much."
def gram_matrix(A):
    return A @ A.T / A.numel()


# %% function="gram_matrix" kind="wrong" name="covariance" message="You subtracted each channel's mean: that is a covariance. The Gram matrix takes the numbers as they are."
def gram_matrix(A):
    centred = A - A.mean(dim=1, keepdim=True)
    return centred @ centred.T


# %% function="gram_matrix" kind="wrong" name="unit_length" message="You brought every channel to length 1. The Gram matrix takes the numbers as they are."
def gram_matrix(A):
    rows = torch.nn.functional.normalize(A, dim=1)
    return rows @ rows.T


# %% function="gram_matrix" kind="wrong" name="squares_only" message="You multiplied element by element. Every channel meets every other: A @ A.T, of shape (C, C)."
def gram_matrix(A):
    return A * A


# %% function="gram_matrix" kind="wrong" name="diagonal_only" message="You compared each channel with itself alone. The style is in the other pairs too."
def gram_matrix(A):
    return torch.diag((A * A).sum(dim=1))


# %% function="gram_matrix" kind="wrong" name="no_diagonal" message="You left the diagonal out. Each channel is also multiplied with itself."
def gram_matrix(A):
    G = A @ A.T
    return G - torch.diag(torch.diag(G))


# %% function="gram_matrix" kind="wrong" name="detached" message="Your matrix has no gradient: it was detached, or computed without one."
def gram_matrix(A):
    return (A @ A.T).detach()


# %% function="layer_style_cost" kind="right" name="self_contained"
def layer_style_cost(a_S, a_G):
    _, C, H, W = a_S.shape
    flat_S, flat_G = a_S.detach()[0].flatten(1), a_G[0].flatten(1)
    apart = flat_S @ flat_S.T - flat_G @ flat_G.T
    return torch.sum(apart**2) / (4 * H**2 * W**2 * C**2)


# %% function="layer_style_cost" kind="right" name="normalised_first"
def layer_style_cost(a_S, a_G):
    count = 2 * a_G.numel()
    with torch.no_grad():
        target = torch.einsum("bchw,bdhw->cd", a_S, a_S) / count
    return torch.nn.functional.mse_loss(
        torch.einsum("bchw,bdhw->cd", a_G, a_G) / count, target, reduction="sum"
    )


# %% function="layer_style_cost" kind="right" name="positions_first"
def layer_style_cost(a_S, a_G):
    _, C, H, W = a_G.shape
    F_S, F_G = (a.permute(0, 2, 3, 1).reshape(H * W, C) for a in (a_S.detach(), a_G))
    return ((F_S.T @ F_S - F_G.T @ F_G) ** 2).sum() / (2 * H * W * C) ** 2


# %% function="layer_style_cost" kind="right" name="pair_by_pair"
def layer_style_cost(a_S, a_G):
    _, C, H, W = a_G.shape
    total = torch.zeros(())
    for k in range(C):
        for m in range(C):
            of_S = (a_S[0, k] * a_S[0, m]).sum().detach()
            total = total + (of_S - (a_G[0, k] * a_G[0, m]).sum()) ** 2
    return total / (2 * H * W * C) ** 2


# %% function="layer_style_cost" kind="wrong" name="not_normalised" message="You did not divide. The sum is over (2 H W C) squared, so that large layers do not drown small ones."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum()


# %% function="layer_style_cost" kind="wrong" name="divisor_not_squared" message="You divided by 2HWC once. With the squared norm the divisor is squared too: (2HWC) ** 2."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum() / (2 * a_G.numel())


# %% function="layer_style_cost" kind="wrong" name="norm_not_squared" message="You took the norm over 2HWC, as one of the notes does. The cost is the square of that."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum() ** 0.5 / (2 * a_G.numel())


# %% function="layer_style_cost" kind="wrong" name="two_outside_the_square" message="You left the 2 out of the square. It is (2HWC) squared, which is 4 times (HWC) squared."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum() / (2 * a_G.numel() ** 2)


# %% function="layer_style_cost" kind="wrong" name="two_forgotten" message="You forgot the 2. It is (2HWC) squared."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum() / a_G.numel() ** 2


# %% function="layer_style_cost" kind="wrong" name="brackets_forgotten" message="You divided by 2 and then multiplied by the rest. Put 2 * H * W * C into brackets."
def layer_style_cost(a_S, a_G):
    _, C, H, W = a_G.shape
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum() / 2 * H * W * C


# %% function="layer_style_cost" kind="wrong" name="mean_for_sum" message="You took the mean over the Gram matrix. Its squares are added up, and the divisor is (2HWC) squared alone."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).mean() / (2 * a_G.numel()) ** 2


# %% function="layer_style_cost" kind="wrong" name="divided_twice" message="Your Gram matrices were divided already, and then the cost divides again. Divide once, here."
def layer_style_cost(a_S, a_G):
    _, C, H, W = a_G.shape
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T / (H * W) for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum() / (2 * H * W * C) ** 2


# %% function="layer_style_cost" kind="wrong" name="channels_mixed" message="You reshaped (C, H, W) to (H W, C), which mixes channels and positions. Channels stay rows: reshape to (C, H W)."
def layer_style_cost(a_S, a_G):
    _, C, H, W = a_G.shape
    F_S, F_G = (a.reshape(H * W, C) for a in (a_S.detach(), a_G))
    return ((F_S.T @ F_S - F_G.T @ F_G) ** 2).sum() / (2 * H * W * C) ** 2


# %% function="layer_style_cost" kind="wrong" name="positions_by_positions" message="You compared positions, not channels: your Gram matrix is (HW, HW). Give gram_matrix the shape (C, H W)."
def layer_style_cost(a_S, a_G):
    _, C, H, W = a_G.shape
    of_S, of_G = (a[0].flatten(1).T @ a[0].flatten(1) for a in (a_S.detach(), a_G))
    return ((of_S - of_G) ** 2).sum() / (2 * H * W * C) ** 2


# %% function="layer_style_cost" kind="wrong" name="content_again" message="You compared the layers themselves, place by place: that is a content. The style compares their Gram matrices."
def layer_style_cost(a_S, a_G):
    return ((a_S.detach() - a_G) ** 2).sum() / (2 * a_G.numel()) ** 2


# %% function="layer_style_cost" kind="wrong" name="target_not_detached" message="Your gradient flows into the painting too. a_S is what is aimed at: detach it."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S, a_G))
    return ((of_S - of_G) ** 2).sum() / (2 * a_G.numel()) ** 2


# %% function="layer_style_cost" kind="wrong" name="item" message="You returned a Python number. It has no gradient: return the tensor, without .item()."
def layer_style_cost(a_S, a_G):
    of_S, of_G = (a[0].flatten(1) @ a[0].flatten(1).T for a in (a_S.detach(), a_G))
    return (((of_S - of_G) ** 2).sum() / (2 * a_G.numel()) ** 2).item()


# %% function="style_cost" kind="right" name="self_contained"
def style_cost(features_S, features_G, weights):
    total = 0
    for layer, weight in weights.items():
        flat_S, flat_G = features_S[layer].detach()[0].flatten(1), features_G[layer][0].flatten(1)
        apart = flat_S @ flat_S.T - flat_G @ flat_G.T
        total = total + weight * apart.square().sum() / (2 * flat_G.numel()) ** 2
    return total


# %% function="style_cost" kind="right" name="stacked"
def style_cost(features_S, features_G, weights):
    costs = torch.stack([layer_style_cost(features_S[layer], features_G[layer]) for layer in weights])
    return torch.dot(torch.tensor(list(weights.values()), dtype=costs.dtype), costs)


# %% function="style_cost" kind="right" name="over_the_features"
def style_cost(features_S, features_G, weights):
    total = torch.zeros(())
    for layer, a_S in features_S.items():
        if layer in weights:
            total = total + layer_style_cost(a_S, features_G[layer]) * weights[layer]
    return total


# %% function="style_cost" kind="wrong" name="made_anew" message="You made a new tensor of the numbers, which has no gradient. Add up the costs themselves, or take torch.stack."
def style_cost(features_S, features_G, weights):
    total = 0.0
    for layer, weight in weights.items():
        total += weight * layer_style_cost(features_S[layer], features_G[layer]).item()
    return torch.tensor(total)


# %% function="style_cost" kind="wrong" name="both_detached" message="You detached the generated picture too, and nothing pulls at it any more. Detach the painting alone."
def style_cost(features_S, features_G, weights):
    costs = [
        weights[layer] * layer_style_cost(features_S[layer], features_G[layer].detach()) for layer in weights
    ]
    return sum(costs)


# %% function="style_cost" kind="wrong" name="pictures_swapped" message="You swapped the two pictures: layer_style_cost takes the painting first, which it detaches."
def style_cost(features_S, features_G, weights):
    return sum(weights[layer] * layer_style_cost(features_G[layer], features_S[layer]) for layer in weights)


# %% function="style_cost" kind="wrong" name="weights_ignored" message="Your weights do not count. Each layer's cost is multiplied by its weight."
def style_cost(features_S, features_G, weights):
    return sum(layer_style_cost(features_S[layer], features_G[layer]) for layer in weights)


# %% function="style_cost" kind="wrong" name="mean_of_layers" message="You averaged over the layers. The weighted costs are added up."
def style_cost(features_S, features_G, weights):
    costs = [
        weight * layer_style_cost(features_S[layer], features_G[layer]) for layer, weight in weights.items()
    ]
    return sum(costs) / len(costs)


# %% function="style_cost" kind="wrong" name="weighted_mean" message="You divided by the sum of the weights. They need not add up to 1, and nothing is divided."
def style_cost(features_S, features_G, weights):
    costs = [
        weight * layer_style_cost(features_S[layer], features_G[layer]) for layer, weight in weights.items()
    ]
    return sum(costs) / sum(weights.values())


# %% function="style_cost" kind="wrong" name="paired_by_order" message="You paired weights and layers by their order. The order differs: look each layer up by its name."
def style_cost(features_S, features_G, weights):
    layers = [layer for layer in features_S if layer in weights]
    pairs = zip(layers, weights.values(), strict=True)
    return sum(weight * layer_style_cost(features_S[layer], features_G[layer]) for layer, weight in pairs)


# %% function="style_cost" kind="wrong" name="all_layers" message="You counted layers without a weight. Only those in `weights` count."
def style_cost(features_S, features_G, weights):
    return sum(
        weights.get(layer, 1.0) * layer_style_cost(features_S[layer], features_G[layer])
        for layer in features_S
    )


# %% function="style_cost" kind="wrong" name="last_layer_only" message="You kept one layer's cost alone. Add to the sum in the loop, and return after it."
def style_cost(features_S, features_G, weights):
    for layer, weight in weights.items():
        total = weight * layer_style_cost(features_S[layer], features_G[layer])
    return total


# %% function="style_cost" kind="wrong" name="returned_too_early" message="You returned after the first layer. The return belongs behind the loop."
def style_cost(features_S, features_G, weights):
    total = 0
    for layer, weight in weights.items():
        total = total + weight * layer_style_cost(features_S[layer], features_G[layer])
        return total


# %% function="style_cost" kind="wrong" name="weights_squared" message="Your weights count twice, as squares. Multiply the cost by the weight once."
def style_cost(features_S, features_G, weights):
    return sum(
        weight * weight * layer_style_cost(features_S[layer], features_G[layer])
        for layer, weight in weights.items()
    )


# %% function="style_cost" kind="wrong" name="item" message="You returned a Python number. It has no gradient: add up tensors, without .item()."
def style_cost(features_S, features_G, weights):
    return sum(
        weight * layer_style_cost(features_S[layer], features_G[layer]).item()
        for layer, weight in weights.items()
    )


# %% function="total_cost" kind="right" name="self_contained"
def total_cost(J_content, J_style, alpha=10, beta=40):
    return torch.add(alpha * J_content, J_style, alpha=beta)


# %% function="total_cost" kind="right" name="dot_product"
def total_cost(J_content, J_style, alpha=10, beta=40):
    costs = torch.stack([J_content, J_style])
    return (costs * torch.tensor([float(alpha), float(beta)])).sum()


# %% function="total_cost" kind="right" name="step_by_step"
def total_cost(J_content, J_style, alpha=10, beta=40):
    J = J_content * alpha
    J = J + J_style * beta
    return J


# %% function="total_cost" kind="wrong" name="swapped" message="You swapped alpha and beta. Alpha belongs to the content, beta to the style."
def total_cost(J_content, J_style, alpha=10, beta=40):
    return beta * J_content + alpha * J_style


# %% function="total_cost" kind="wrong" name="weights_ignored" message="Your weights do not count: alpha times the content's cost, beta times the style's."
def total_cost(J_content, J_style, alpha=10, beta=40):
    return J_content + J_style


# %% function="total_cost" kind="wrong" name="alpha_alone" message="Your content has no weight. It is alpha times the content's cost."
def total_cost(J_content, J_style, alpha=10, beta=40):
    return J_content + beta * J_style


# %% function="total_cost" kind="wrong" name="weighted_mean" message="You divided by alpha + beta. The weights need not add up to 1, and nothing is divided."
def total_cost(J_content, J_style, alpha=10, beta=40):
    return (alpha * J_content + beta * J_style) / (alpha + beta)


# %% function="total_cost" kind="wrong" name="other_defaults" message="Your default weights are others. Without being told, alpha is 10 and beta 40."
def total_cost(J_content, J_style, alpha=1, beta=1000):
    return alpha * J_content + beta * J_style


# %% function="total_cost" kind="wrong" name="fixed_weights" message="You wrote 10 and 40 into the formula. Those are only what alpha and beta are without being told."
def total_cost(J_content, J_style, alpha=10, beta=40):
    return 10 * J_content + 40 * J_style


# %% function="total_cost" kind="wrong" name="product" message="You multiplied the two costs. They are added up, each with its weight."
def total_cost(J_content, J_style, alpha=10, beta=40):
    return alpha * J_content * beta * J_style


# %% function="total_cost" kind="wrong" name="minus" message="You subtracted the style. Both costs should fall, so they are added up."
def total_cost(J_content, J_style, alpha=10, beta=40):
    return alpha * J_content - beta * J_style


# %% function="paint_step" kind="right" name="self_contained"
def paint_step(picture, cost, learning_rate):
    leaf = torch.nn.Parameter(picture.detach().clone())
    J = cost(leaf)
    J.backward()
    size = float(leaf.grad.abs().mean())
    step = leaf.grad * (learning_rate / size) if size else torch.zeros_like(leaf)
    return torch.clamp(leaf.detach() - step, 0, 255), float(J.detach())


# %% function="paint_step" kind="right" name="jacobian"
def paint_step(picture, cost, learning_rate):
    old = picture.detach()
    slopes = torch.autograd.functional.jacobian(lambda x: cost(x).sum(), old)
    unit = torch.linalg.vector_norm(slopes, ord=1) / slopes.numel()
    step = torch.where(unit > 0, slopes / unit, torch.zeros_like(slopes))
    with torch.no_grad():
        return torch.clip(old - learning_rate * step, min=0, max=255), float(cost(old))


# %% function="paint_step" kind="right" name="leaf_in_place"
def paint_step(picture, cost, learning_rate):
    G = picture.clone().detach().requires_grad_(True)
    J = cost(G)
    J.backward()
    with torch.no_grad():
        G -= learning_rate * G.grad / max(G.grad.abs().mean().item(), 1e-30)
        G[G < 0] = 0
        G[G > 255] = 255
    return G.detach(), J.item()


# %% function="paint_step" kind="right" name="functional"
def paint_step(picture, cost, learning_rate):
    gradient, J = (part.detach() for part in torch.func.grad_and_value(cost)(picture))
    size = gradient.abs().mean()
    moved = picture - learning_rate * gradient / size if size > 0 else picture
    return moved.clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="not_detached" message="Your new picture still needs a gradient, and remembers how it was made: detach it."
def paint_step(picture, cost, learning_rate):
    G = picture.clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    size = gradient.abs().mean()
    return (G - learning_rate * gradient / size if size > 0 else G).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="argument_asked" message="You asked the picture that you got for its gradient. Make a copy first: picture.detach().clone()."
def paint_step(picture, cost, learning_rate):
    picture.requires_grad_()
    J = cost(picture)
    (gradient,) = torch.autograd.grad(J, picture)
    size = gradient.abs().mean()
    step = learning_rate * gradient / size if size > 0 else gradient
    return (picture.detach() - step).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="uphill" message="You went uphill. The gradient points to where the cost rises: subtract it."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    return (G.detach() + learning_rate * gradient).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="not_measured_in_shades" message="You took the gradient as it is. Divide it by the mean of its absolute values, so that steps are measured in shades."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    return (G.detach() - learning_rate * gradient).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="mean_without_abs" message="You divided by the mean of the gradient, in which signs cancel out. Take the mean of the absolute values."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    mean = gradient.mean()
    gradient = gradient / mean if mean != 0 else gradient
    return (G.detach() - learning_rate * gradient).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="divided_by_the_largest" message="You divided by the largest part of the gradient. Divide by the mean of the absolute values."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.abs().max().clamp(min=1e-30)
    return (G.detach() - learning_rate * gradient).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="divided_by_the_norm" message="You divided by the gradient's length. Divide by the mean of the absolute values."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.norm().clamp(min=1e-30)
    return (G.detach() - learning_rate * gradient).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="signs_only" message="You kept the signs of the gradient alone, so all pixels move equally far. Keep their sizes, over the mean size."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    return (G.detach() - learning_rate * gradient.sign()).clamp(0, 255), J.item()


# %% function="paint_step" kind="wrong" name="not_cut_off" message="Your picture leaves its range. Cut it off at 0 and at 255: .clamp(0, 255)."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    return G.detach() - learning_rate * gradient, J.item()


# %% function="paint_step" kind="wrong" name="cut_off_at_1" message="You cut off at 1. This picture goes from 0 to 255."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    return (G.detach() - learning_rate * gradient).clamp(0, 1), J.item()


# %% function="paint_step" kind="wrong" name="cut_off_too_early" message="You cut off before the step. The step may leave the range: cut off after it."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    return G.detach().clamp(0, 255) - learning_rate * gradient, J.item()


# %% function="paint_step" kind="wrong" name="cost_afterwards" message="Your J is the cost of the new picture. Return what the old one cost."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cost(G), G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    new = (G.detach() - learning_rate * gradient).clamp(0, 255)
    return new, cost(new).item()


# %% function="paint_step" kind="wrong" name="cost_as_a_tensor" message="Your J is a tensor, which keeps all that it was computed from. Return a float: J.item()."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    return (G.detach() - learning_rate * gradient).clamp(0, 255), J.detach()


# %% function="paint_step" kind="wrong" name="picture_alone" message="You returned the picture alone. Return (picture, J)."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cost(G), G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    return (G.detach() - learning_rate * gradient).clamp(0, 255)


# %% function="paint_step" kind="wrong" name="old_picture_returned" message="You returned the picture as it was. Return the one after the step."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    gradient = gradient / gradient.abs().mean().clamp(min=1e-30)
    (G.detach() - learning_rate * gradient).clamp(0, 255)
    return picture, J.item()


# %% function="paint_step" kind="wrong" name="network_updated" message="The picture did not move: the gradient that counts is the picture's. Leave the cost and its weights alone."
def paint_step(picture, cost, learning_rate):
    J = cost(picture)
    J.backward()
    with torch.no_grad():
        for weight in cost.parameters():
            weight.sub_(learning_rate * weight.grad)
    return picture, J.item()


# %% function="paint_step" kind="wrong" name="in_place" message="You changed the picture that you got. Make a copy first: picture.detach().clone()."
def paint_step(picture, cost, learning_rate):
    picture.requires_grad_()
    J = cost(picture)
    (gradient,) = torch.autograd.grad(J, picture)
    with torch.no_grad():
        picture -= learning_rate * gradient / gradient.abs().mean().clamp(min=1e-30)
        picture.clamp_(0, 255)
    return picture.detach(), J.item()


# %% function="paint_step" kind="wrong" name="nowhere_to_go" message="Where the gradient is 0 everywhere, you divided 0 by 0. Divide only if its mean size is above 0."
def paint_step(picture, cost, learning_rate):
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    return (G.detach() - learning_rate * gradient / gradient.abs().mean()).clamp(0, 255), J.item()

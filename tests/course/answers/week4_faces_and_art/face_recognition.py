# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn`, `functional` and `convolutions` are
# there, as in the lesson.

# %% function="error_rates" kind="right" name="self_contained"
def error_rates(distances, same, tau):
    strangers, friends = distances[~same], distances[same]
    if len(strangers) == 0 or len(friends) == 0:
        raise ValueError("one kind of pair is missing")
    return (strangers <= tau).double().mean().item(), (friends > tau).double().mean().item()


# %% function="error_rates" kind="right" name="counted_one_by_one"
def error_rates(distances, same, tau):
    wrong, total = {True: 0, False: 0}, {True: 0, False: 0}
    for distance, kind in zip(distances.tolist(), same.tolist(), strict=True):
        total[kind] += 1
        wrong[kind] += (distance <= tau) != kind
    if not all(total.values()):
        raise ValueError(f"there are {total[True]} pairs of one person and {total[False]} others")
    return wrong[False] / total[False], wrong[True] / total[True]


# %% function="error_rates" kind="right" name="numpy_counts"
def error_rates(distances, same, tau):
    d, s = distances.numpy(), same.numpy()
    if s.sum() in (0, s.size):
        raise ValueError("both kinds of pairs are needed")
    accepted = d <= tau
    return float(np.sum(accepted & ~s) / np.sum(~s)), float(1 - np.sum(accepted & s) / np.sum(s))


# %% function="error_rates" kind="wrong" name="threshold_reversed" message="Your threshold is the wrong way round: people who are alike are near. A pair is accepted where its distance is at most tau."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances > tau
    return accepted[~same].float().mean().item(), (~accepted[same]).float().mean().item()


# %% function="error_rates" kind="wrong" name="far_and_frr_swapped" message="You swapped the two rates. The first is FAR, of strangers that come in; the second FRR, of friends that stay out."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances <= tau
    return (~accepted[same]).float().mean().item(), accepted[~same].float().mean().item()


# %% function="error_rates" kind="wrong" name="below_the_threshold_only" message="At the threshold itself a pair is accepted: at most tau, not less than tau."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances < tau
    return accepted[~same].float().mean().item(), (~accepted[same]).float().mean().item()


# %% function="error_rates" kind="wrong" name="over_all_pairs" message="You divided by the number of all pairs. Each error is a share of the pairs of its own kind."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances <= tau
    return (accepted & ~same).float().mean().item(), (~accepted & same).float().mean().item()


# %% function="error_rates" kind="wrong" name="share_of_the_accepted" message="You took the share of errors among those that you accepted, and among those that you refused. Divide by the pairs of different people, and by those of one person."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances <= tau
    return (~same[accepted]).float().mean().item(), same[~accepted].float().mean().item()


# %% function="error_rates" kind="wrong" name="in_percent" message="You returned percent. Shares are asked for: 0.25 for 25 %."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances <= tau
    return 100 * accepted[~same].float().mean().item(), 100 * (~accepted[same]).float().mean().item()


# %% function="error_rates" kind="wrong" name="tensors" message="You returned tensors. Both rates are floats: .item()."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances <= tau
    return accepted[~same].float().mean(), (~accepted[same]).float().mean()


# %% function="error_rates" kind="wrong" name="one_kind_is_not_refused" message="Pairs of one kind only should raise a ValueError: a share of nothing is nan."
def error_rates(distances, same, tau):
    accepted = distances <= tau
    return accepted[~same].float().mean().item(), (~accepted[same]).float().mean().item()


# %% function="error_rates" kind="wrong" name="counts" message="You returned how many errors there are. Their shares are asked for: divide by the number of pairs of each kind."
def error_rates(distances, same, tau):
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    accepted = distances <= tau
    return float((accepted & ~same).sum()), float((~accepted & same).sum())


# %% function="choose_tau" kind="right" name="self_contained"
def choose_tau(distances, same, max_far=None):
    strangers, friends = distances[~same].sort().values, distances[same].sort().values
    taus = distances.sort().values
    far = torch.searchsorted(strangers, taus, right=True) / len(strangers)
    frr = 1 - torch.searchsorted(friends, taus, right=True) / len(friends)
    if max_far is None:
        return taus[(far - frr).abs().argmin()].item()
    allowed = taus[far <= max_far]
    return allowed[-1].item() if len(allowed) else 0.0


# %% function="choose_tau" kind="right" name="every_distance_is_tried"
def choose_tau(distances, same, max_far=None):
    best, least = 0.0, float("inf")
    for tau in sorted(distances.tolist()):
        accepted = distances <= tau
        far = (accepted & ~same).sum().item() / (~same).sum().item()
        frr = (~accepted & same).sum().item() / same.sum().item()
        if max_far is not None and far <= max_far:
            best = tau
        elif max_far is None and abs(far - frr) < least:
            best, least = tau, abs(far - frr)
    return best


# %% function="choose_tau" kind="right" name="numpy_sums"
def choose_tau(distances, same, max_far=None):
    order = np.argsort(distances.numpy())
    taus, friends = distances.numpy()[order], same.numpy()[order]
    far = np.cumsum(~friends) / np.sum(~friends)
    frr = 1 - np.cumsum(friends) / np.sum(friends)
    if max_far is None:
        return float(taus[np.argmin(np.abs(far - frr))])
    places = np.flatnonzero(far <= max_far)
    return float(taus[places[-1]]) if places.size else 0.0


# %% function="choose_tau" kind="right" name="numpy_numbers"
def choose_tau(distances, same, max_far=None):
    taus = np.sort(distances.numpy())
    strangers, friends = distances[~same].numpy(), distances[same].numpy()
    far = np.array([np.mean(strangers <= tau) for tau in taus])
    frr = np.array([np.mean(friends > tau) for tau in taus])
    if max_far is None:
        return taus[np.abs(far - frr).argmin()]
    return max(taus[far <= max_far], default=0.0)


# %% function="choose_tau" kind="wrong" name="threshold_reversed" message="Your threshold is the wrong way round: you accept what is far away. A pair is accepted where its distance is at most tau."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort(descending=True)
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    frr = 1 - friends.cumsum(0) / friends.sum()
    place = int((far - frr).abs().argmin()) if max_far is None else int((far <= max_far).sum()) - 1
    return distances[order][place].item() if place >= 0 else 0.0


# %% function="choose_tau" kind="wrong" name="most_right_answers" message="You chose the threshold with the most right answers. There are more strangers than friends; look for FAR and FRR that are nearest to each other."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    if max_far is None:
        right = friends.cumsum(0) + (~friends).sum() - (~friends).cumsum(0)
        place = int(right.argmax())
    else:
        place = int((far <= max_far).sum()) - 1
    return distances[order][place].item() if place >= 0 else 0.0


# %% function="choose_tau" kind="wrong" name="rule_for_the_frr" message="You kept the FRR below max_far. The rule is for the FAR: strangers that come in."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    frr = 1 - friends.cumsum(0) / friends.sum()
    if max_far is None:
        return distances[order][int((far - frr).abs().argmin())].item()
    return distances[order][frr <= max_far][0].item()


# %% function="choose_tau" kind="wrong" name="one_place_too_far" message="Your threshold is one place too far: it is the first distance that breaks the rule. Take the last one that keeps it."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    frr = 1 - friends.cumsum(0) / friends.sum()
    place = int((far - frr).abs().argmin()) if max_far is None else int((far <= max_far).sum())
    return distances[order][min(place, len(far) - 1)].item()


# %% function="choose_tau" kind="wrong" name="less_than_max_far" message="A FAR that is just max_far is allowed: at most, not less than."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    frr = 1 - friends.cumsum(0) / friends.sum()
    place = int((far - frr).abs().argmin()) if max_far is None else int((far < max_far).sum()) - 1
    return distances[order][place].item() if place >= 0 else 0.0


# %% function="choose_tau" kind="wrong" name="smallest_that_keeps_the_rule" message="You took the smallest distance that keeps the rule. The largest one keeps the fewest friends out."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    frr = 1 - friends.cumsum(0) / friends.sum()
    if max_far is None:
        return distances[order][int((far - frr).abs().argmin())].item()
    return distances[order][0].item() if far[0] <= max_far else 0.0


# %% function="choose_tau" kind="wrong" name="minus_one_is_the_last" message="Where no distance keeps the rule, your place is -1, which is the last one in Python: everybody comes in. Return 0.0 there."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    frr = 1 - friends.cumsum(0) / friends.sum()
    place = int((far - frr).abs().argmin()) if max_far is None else int((far <= max_far).sum()) - 1
    return distances[order][place].item()


# %% function="choose_tau" kind="wrong" name="share_of_all_pairs" message="You counted strangers as a share of all pairs. The FAR is a share of the pairs of different people, the FRR of those of one person."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / len(friends)
    frr = (friends.sum() - friends.cumsum(0)) / len(friends)
    place = int((far - frr).abs().argmin()) if max_far is None else int((far <= max_far).sum()) - 1
    return distances[order][place].item() if place >= 0 else 0.0


# %% function="choose_tau" kind="wrong" name="the_place" message="You returned a place in the row. The threshold is the distance at that place."
def choose_tau(distances, same, max_far=None):
    order = distances.argsort()
    friends = same[order]
    far = (~friends).cumsum(0) / (~friends).sum()
    frr = 1 - friends.cumsum(0) / friends.sum()
    return int((far - frr).abs().argmin()) if max_far is None else max(0, int((far <= max_far).sum()) - 1)


# %% function="choose_tau" kind="wrong" name="same_not_sorted" message="You sorted the distances and left `same` in its old order. Bring both into one order: same[order]."
def choose_tau(distances, same, max_far=None):
    taus = distances.sort().values
    far = (~same).cumsum(0) / (~same).sum()
    frr = 1 - same.cumsum(0) / same.sum()
    place = int((far - frr).abs().argmin()) if max_far is None else int((far <= max_far).sum()) - 1
    return taus[place].item() if place >= 0 else 0.0


# %% function="FaceEncoder" kind="right" name="self_contained"
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.layers = nn.Sequential(convolutions(), nn.Flatten(), nn.Linear(384, size))

    def forward(self, x):
        rows = self.layers(x)
        return rows / torch.linalg.norm(rows, dim=1, keepdim=True)


# %% function="FaceEncoder" kind="right" name="squares_by_hand"
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.convolutions = convolutions()
        self.dense = nn.Linear(96 * 4, size)

    def forward(self, x):
        volume = self.convolutions(x)
        rows = self.dense(volume.reshape(len(x), -1))
        return rows * (rows * rows).sum(dim=1, keepdim=True).rsqrt()


# %% function="FaceEncoder" kind="right" name="einsum"
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.head = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        rows = torch.stack([self.head(volume.flatten()) for volume in self.body(x)])
        lengths = torch.einsum("bd,bd->b", rows, rows).sqrt()
        return torch.einsum("bd,b->bd", rows, 1 / lengths)


# %% function="FaceEncoder" kind="wrong" name="not_normalised" message="Your encodings do not have the length 1. Divide each row by its length."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        return self.last(self.body(x).flatten(1))


# %% function="FaceEncoder" kind="wrong" name="over_the_batch" message="You divided each column by its length. A row is an encoding: dim=1."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        return functional.normalize(self.last(self.body(x).flatten(1)), dim=0)


# %% function="FaceEncoder" kind="wrong" name="whole_batch" message="You divided by the length of the whole batch. Each row has its own: dim=1, keepdim=True."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        rows = self.last(self.body(x).flatten(1))
        return rows / torch.linalg.norm(rows)


# %% function="FaceEncoder" kind="wrong" name="sum_of_absolute_values" message="You divided by the sum of the absolute values. The length is the root of the sum of the squares."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        return functional.normalize(self.last(self.body(x).flatten(1)), p=1, dim=1)


# %% function="FaceEncoder" kind="wrong" name="squared_length" message="You divided by the squared length. Take its root first."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        rows = self.last(self.body(x).flatten(1))
        return rows / (rows**2).sum(dim=1, keepdim=True)


# %% function="FaceEncoder" kind="wrong" name="softmax" message="You put a softmax at the end. An encoding is no row of probabilities: divide it by its length."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        return self.last(self.body(x).flatten(1)).softmax(dim=1)


# %% function="FaceEncoder" kind="wrong" name="relu_at_the_end" message="You put a ReLU at the end. Negative numbers belong to an encoding."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        return functional.normalize(self.last(self.body(x).flatten(1)).relu(), dim=1)


# %% function="FaceEncoder" kind="wrong" name="pooled_away" message="You pooled the places away before the dense layer. Lay the whole volume in a row: 96 * 2 * 2 numbers."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(96, size)

    def forward(self, x):
        return functional.normalize(self.last(self.body(x).mean(dim=(2, 3))), dim=1)


# %% function="FaceEncoder" kind="wrong" name="two_networks" message="You made the layers twice. A siamese network is one network that is used twice."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)
        self.other_body, self.other_last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        return functional.normalize(self.last(self.body(x).flatten(1)), dim=1)


# %% function="FaceEncoder" kind="wrong" name="without_a_bias" message="Your dense layer has no bias. It should have one: nn.Linear(96 * 2 * 2, size)."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size, bias=False)

    def forward(self, x):
        return functional.normalize(self.last(self.body(x).flatten(1)), dim=1)


# %% function="FaceEncoder" kind="wrong" name="length_without_a_gradient" message="You divided by a length that has no gradient. Leave .detach() and no_grad out: the division is a part of the network."
class FaceEncoder(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        self.body, self.last = convolutions(), nn.Linear(384, size)

    def forward(self, x):
        rows = self.last(self.body(x).flatten(1))
        return rows / torch.linalg.norm(rows, dim=1, keepdim=True).detach()


# %% function="triplet_loss" kind="right" name="self_contained"
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near = torch.linalg.norm(anchor - positive, dim=1).square()
    far = torch.linalg.norm(anchor - negative, dim=1).square()
    return torch.relu(near - far + alpha).sum()


# %% function="triplet_loss" kind="right" name="one_by_one"
def triplet_loss(anchor, positive, negative, alpha=0.2):
    total = anchor.new_zeros(())
    for a, p, n in zip(anchor, positive, negative, strict=True):
        missing = torch.sum((a - p) ** 2) - torch.sum((a - n) ** 2) + alpha
        if missing > 0:
            total = total + missing
    return total + 0 * (anchor.sum() + positive.sum() + negative.sum())


# %% function="triplet_loss" kind="right" name="einsum_and_maximum"
def triplet_loss(anchor, positive, negative, alpha=0.2):
    to_p, to_n = anchor - positive, anchor - negative
    missing = torch.einsum("bd,bd->b", to_p, to_p) - torch.einsum("bd,bd->b", to_n, to_n) + alpha
    return torch.maximum(missing, torch.zeros_like(missing)).sum()


# %% function="triplet_loss" kind="right" name="pairwise_distance"
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near = functional.pairwise_distance(anchor, positive) ** 2
    far = functional.pairwise_distance(anchor, negative) ** 2
    return functional.relu(near - far + alpha).sum()


# %% function="triplet_loss" kind="wrong" name="cut_off_after_the_sum" message="You cut off the sum. Each triplet is cut off at 0 by itself, or one that has its margin pays for another."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((anchor - negative) ** 2).sum(dim=1)
    return (near - far + alpha).sum().clamp(min=0)


# %% function="triplet_loss" kind="wrong" name="not_cut_off" message="You forgot to cut off at 0. A triplet that has its margin costs nothing, and earns nothing."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((anchor - negative) ** 2).sum(dim=1)
    return (near - far + alpha).sum()


# %% function="triplet_loss" kind="wrong" name="mean" message="You took the mean of the triplets. They are added up."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((anchor - negative) ** 2).sum(dim=1)
    return (near - far + alpha).clamp(min=0).mean()


# %% function="triplet_loss" kind="wrong" name="plain_norm" message="You took the plain distance. The triplet loss has the squared one: leave the root out."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near = ((anchor - positive) ** 2).sum(dim=1).sqrt()
    far = ((anchor - negative) ** 2).sum(dim=1).sqrt()
    return (near - far + alpha).clamp(min=0).sum()


# %% function="triplet_loss" kind="wrong" name="margin_subtracted" message="Your margin has the wrong sign. It is added: a negative that is only just farther still costs something."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((anchor - negative) ** 2).sum(dim=1)
    return (near - far - alpha).clamp(min=0).sum()


# %% function="triplet_loss" kind="wrong" name="friends_and_strangers_swapped" message="You swapped positive and negative: your loss pushes friends apart. It is d(A, P) - d(A, N) + alpha."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((anchor - negative) ** 2).sum(dim=1)
    return (far - near + alpha).clamp(min=0).sum()


# %% function="triplet_loss" kind="wrong" name="positive_to_negative" message="You measured the negative's distance from the positive. Both distances begin at the anchor."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((positive - negative) ** 2).sum(dim=1)
    return (near - far + alpha).clamp(min=0).sum()


# %% function="triplet_loss" kind="wrong" name="number_by_number" message="You cut off each number of an encoding. Add up the squares of a row first: dim=1."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    return ((anchor - positive) ** 2 - (anchor - negative) ** 2 + alpha).clamp(min=0).sum()


# %% function="triplet_loss" kind="wrong" name="one_margin_for_all" message="You summed up before you compared: there is one margin for the whole batch. Each triplet has its own; sum over dim=1 first."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    return (((anchor - positive) ** 2).sum() - ((anchor - negative) ** 2).sum() + alpha).clamp(min=0)


# %% function="triplet_loss" kind="wrong" name="mean_of_the_squares" message="You took the mean of the squares of a row. The squared distance is their sum."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).mean(dim=1), ((anchor - negative) ** 2).mean(dim=1)
    return (near - far + alpha).clamp(min=0).sum()


# %% function="triplet_loss" kind="wrong" name="a_float" message="You returned a float, and the gradient is lost. Leave .item() out."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((anchor - negative) ** 2).sum(dim=1)
    return (near - far + alpha).clamp(min=0).sum().item()


# %% function="triplet_loss" kind="wrong" name="one_number_for_each" message="You returned one number for each triplet. Add them up."
def triplet_loss(anchor, positive, negative, alpha=0.2):
    near, far = ((anchor - positive) ** 2).sum(dim=1), ((anchor - negative) ** 2).sum(dim=1)
    return (near - far + alpha).clamp(min=0)


# %% function="hardest_triplets" kind="right" name="self_contained"
def hardest_triplets(embeddings, labels):
    squared = ((embeddings[:, None] - embeddings) ** 2).sum(dim=2)
    chosen = []
    for i in range(len(labels)):
        friends = [j for j in range(len(labels)) if labels[j] == labels[i] and j != i]
        strangers = [j for j in range(len(labels)) if labels[j] != labels[i]]
        if friends and strangers:
            far = max(friends, key=lambda j: squared[i, j])
            chosen.append((i, far, min(strangers, key=lambda j: squared[i, j])))
    rows = torch.tensor(chosen, dtype=torch.int64).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]


# %% function="hardest_triplets" kind="right" name="where"
def hardest_triplets(embeddings, labels):
    d = torch.cdist(embeddings, embeddings, compute_mode="donot_use_mm_for_euclid_dist")
    same = labels.unsqueeze(0) == labels.unsqueeze(1)
    friends = same & ~torch.eye(len(labels), dtype=torch.bool)
    p = torch.where(friends, d, -torch.inf).max(dim=1).indices
    n = torch.where(same, torch.inf, d).min(dim=1).indices
    kept = friends.any(dim=1) & (~same).any(dim=1)
    a = torch.arange(len(labels))[kept]
    return a, p[kept], n[kept]


# %% function="hardest_triplets" kind="right" name="sorted_backwards"
def hardest_triplets(embeddings, labels):
    points, who = embeddings.numpy().astype(float), labels.numpy()
    found = []
    for i in reversed(range(len(who))):
        order = np.argsort(np.linalg.norm(points - points[i], axis=1))
        friends, strangers = [j for j in order if who[j] == who[i] and j != i], order[who[order] != who[i]]
        if friends and len(strangers):
            found.append([i, friends[-1], strangers[0]])
    return tuple(torch.tensor(np.array(found, dtype=np.int64).reshape(-1, 3).T.copy()))


# %% function="hardest_triplets" kind="wrong" name="nearest_positive" message="You took the nearest positive, which is the easiest. The hardest is the farthest."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    friends = same.clone().fill_diagonal_(False)
    p, n = d.masked_fill(~friends, torch.inf).argmin(dim=1), d.masked_fill(same, torch.inf).argmin(dim=1)
    a = torch.nonzero(friends.any(dim=1) & (~same).any(dim=1))[:, 0]
    return a, p[a], n[a]


# %% function="hardest_triplets" kind="wrong" name="farthest_negative" message="You took the farthest negative, which is the easiest. The hardest is the nearest."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.masked_fill(~same, -1).argmax(dim=1), d.masked_fill(same, -1).argmax(dim=1)
    a = torch.nonzero((same.sum(dim=1) > 1) & (~same).any(dim=1))[:, 0]
    return a, p[a], n[a]


# %% function="hardest_triplets" kind="wrong" name="anchor_as_its_own_positive" message="You took the anchor itself as its positive. A picture is always nearest to itself: look among the others."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    n = d.masked_fill(same, torch.inf).argmin(dim=1)
    a = torch.nonzero((same.sum(dim=1) > 1) & (~same).any(dim=1))[:, 0]
    return a, a, n[a]


# %% function="hardest_triplets" kind="wrong" name="single_pictures_kept" message="You kept an anchor that has no other picture of its person: its positive is itself. Leave it out."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.masked_fill(~same, -1).argmax(dim=1), d.masked_fill(same, torch.inf).argmin(dim=1)
    a = torch.nonzero((~same).any(dim=1))[:, 0]
    return a, p[a], n[a]


# %% function="hardest_triplets" kind="wrong" name="without_a_stranger_kept" message="You kept anchors although there is no picture of anybody else. Then there is no triplet."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.masked_fill(~same, -1).argmax(dim=1), d.masked_fill(same, torch.inf).argmin(dim=1)
    a = torch.nonzero(same.sum(dim=1) > 1)[:, 0]
    return a, p[a], n[a]


# %% function="hardest_triplets" kind="wrong" name="negative_of_the_same_person" message="Your negative is the nearest other picture, whoever it shows. It has to be of somebody else."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.masked_fill(~same, -1).argmax(dim=1), d.clone().fill_diagonal_(torch.inf).argmin(dim=1)
    a = torch.nonzero((same.sum(dim=1) > 1) & (~same).any(dim=1))[:, 0]
    return a, p[a], n[a]


# %% function="hardest_triplets" kind="wrong" name="positive_of_anybody" message="Your positive is the farthest picture of all. It has to show the same person."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.argmax(dim=1), d.masked_fill(same, torch.inf).argmin(dim=1)
    a = torch.nonzero((same.sum(dim=1) > 1) & (~same).any(dim=1))[:, 0]
    return a, p[a], n[a]


# %% function="hardest_triplets" kind="wrong" name="positive_and_negative_swapped" message="You returned the negative before the positive. The order is anchor, positive, negative."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.masked_fill(~same, -1).argmax(dim=1), d.masked_fill(same, torch.inf).argmin(dim=1)
    a = torch.nonzero((same.sum(dim=1) > 1) & (~same).any(dim=1))[:, 0]
    return a, n[a], p[a]


# %% function="hardest_triplets" kind="wrong" name="one_for_the_batch" message="You returned the one worst triplet of the batch. Each picture has its turn as the anchor."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.masked_fill(~same, -1).argmax(dim=1), d.masked_fill(same, torch.inf).argmin(dim=1)
    a = torch.nonzero((same.sum(dim=1) > 1) & (~same).any(dim=1))[:, 0]
    worst = (d[a, p[a]] - d[a, n[a]]).argsort(descending=True)[:1]
    return a[worst], p[a][worst], n[a][worst]


# %% function="hardest_triplets" kind="wrong" name="each_person_once" message="You let each person be the anchor once. Each picture has its turn."
def hardest_triplets(embeddings, labels):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    p, n = d.masked_fill(~same, -1).argmax(dim=1), d.masked_fill(same, torch.inf).argmin(dim=1)
    first = torch.tensor([not (labels[:i] == labels[i]).any() for i in range(len(labels))])
    a = torch.nonzero(first & (same.sum(dim=1) > 1) & (~same).any(dim=1))[:, 0]
    return a, p[a], n[a]


# %% function="semi_hard_triplets" kind="right" name="self_contained"
def semi_hard_triplets(embeddings, labels, alpha):
    rows = []
    for a in range(len(labels)):
        away = ((embeddings - embeddings[a]) ** 2).sum(dim=1).tolist()
        for p in range(len(labels)):
            if p == a or labels[p] != labels[a]:
                continue
            band = [
                n for n in range(len(labels))
                if labels[n] != labels[a] and away[p] < away[n] < away[p] + alpha
            ]  # fmt: skip
            if band:
                rows.append([a, p, min(band, key=lambda n: away[n])])
    a, p, n = torch.tensor(rows, dtype=torch.int64).reshape(-1, 3).T
    return a, p, n


# %% function="semi_hard_triplets" kind="right" name="three_axes"
def semi_hard_triplets(embeddings, labels, alpha):
    d = (embeddings[:, None] - embeddings[None]).square().sum(dim=2)
    same = labels[:, None] == labels[None]
    pairs = same & ~torch.eye(len(labels), dtype=torch.bool)
    beyond = d[:, None, :] - d[:, :, None]  # anchor, positive, negative
    band = pairs[:, :, None] & ~same[:, None, :] & (beyond > 0) & (beyond < alpha)
    nearest = torch.where(band, beyond, torch.inf).argmin(dim=2)
    a, p = torch.nonzero(band.any(dim=2)).unbind(dim=1)
    return a, p, nearest[a, p]


# %% function="semi_hard_triplets" kind="right" name="sorted_rows"
def semi_hard_triplets(embeddings, labels, alpha):
    points, who = embeddings.double().numpy(), labels.numpy()
    found = {0: [], 1: [], 2: []}
    for a in range(len(who)):
        squared = np.sum((points - points[a]) ** 2, axis=1)
        strangers = [k for k in np.argsort(squared) if who[k] != who[a]]
        for p in np.flatnonzero(who == who[a]):
            behind = [k for k in strangers if squared[p] < squared[k] < squared[p] + alpha]
            if p != a and behind:
                for place, index in enumerate((a, p, behind[0])):
                    found[place].append(int(index))
    return tuple(torch.tensor(found[place], dtype=torch.int64) for place in range(3))


# %% function="semi_hard_triplets" kind="wrong" name="band_without_its_far_edge" message="Your band has no far edge. A negative that is farther by alpha or more has its margin, and teaches nothing."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="band_without_its_near_edge" message="Your band has no near edge. A negative that is nearer than the positive is hard, not semi-hard."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] < near + alpha)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="band_ignored" message="You ignored the band, and took the nearest stranger of all. It has to be farther than the positive, by less than alpha."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    n, kept = d[a].masked_fill(same[a], torch.inf).argmin(dim=1), (~same[a]).any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="empty_bands_kept" message="You kept pairs whose band is empty; what argmin says there is nonsense. Leave them out."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near) & (d[a] < near + alpha)
    return a, p, d[a].masked_fill(~band, torch.inf).argmin(dim=1)


# %% function="semi_hard_triplets" kind="wrong" name="plain_distances" message="Your band is made of plain distances. It is one of squared distances."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings), labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near) & (d[a] < near + alpha)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="anchor_as_its_own_positive" message="You let the anchor be its own positive. A positive is another picture of the same person."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same, as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near) & (d[a] < near + alpha)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="negative_of_the_same_person" message="You let other pictures of the same person into the band. A negative shows somebody else."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    near = d[a, p][:, None]
    band = (d[a] > near) & (d[a] < near + alpha)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="farthest_in_the_band" message="You took the farthest one in the band. The nearest is asked for."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near) & (d[a] < near + alpha)
    n, kept = d[a].masked_fill(~band, -1).argmax(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="each_pair_once" message="You took each two pictures once. Both may be the anchor, so they make two pairs."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.triu(1), as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near) & (d[a] < near + alpha)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="farthest_positive_only" message="You took the farthest positive only. Here each positive of an anchor has its turn."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a = torch.nonzero(same.sum(dim=1) > 1)[:, 0]
    p = d.masked_fill(~same, -1).argmax(dim=1)[a]
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near) & (d[a] < near + alpha)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="semi_hard_triplets" kind="wrong" name="band_before_the_positive" message="Your band lies before the positive: you subtracted alpha. The negatives in question are farther than the positive."
def semi_hard_triplets(embeddings, labels, alpha):
    d, same = torch.cdist(embeddings, embeddings) ** 2, labels[:, None] == labels
    a, p = torch.nonzero(same.clone().fill_diagonal_(False), as_tuple=True)
    near = d[a, p][:, None]
    band = ~same[a] & (d[a] > near - alpha) & (d[a] < near)
    n, kept = d[a].masked_fill(~band, torch.inf).argmin(dim=1), band.any(dim=1)
    return a[kept], p[kept], n[kept]


# %% function="encode_database" kind="right" name="self_contained"
def encode_database(pictures, model):
    stored = {}
    for name in pictures:
        with torch.inference_mode():
            total = sum(model(one[None])[0] for one in pictures[name])
        stored[name] = (total / torch.linalg.norm(total)).clone()
    return stored


# %% function="encode_database" kind="right" name="one_pass_for_all"
def encode_database(pictures, model):
    if not pictures:
        return {}
    with torch.no_grad():
        rows = model(torch.cat(list(pictures.values())))
    parts = rows.split([len(some) for some in pictures.values()])
    means = [part.mean(dim=0) for part in parts]
    return {name: mean / mean.square().sum().sqrt() for name, mean in zip(pictures, means, strict=True)}


# %% function="encode_database" kind="right" name="comprehension"
@torch.no_grad()
def encode_database(pictures, model):
    return {
        name: functional.normalize(model(some).sum(0, keepdim=True))[0] for name, some in pictures.items()
    }


# %% function="encode_database" kind="wrong" name="mean_not_brought_back" message="Your mean encoding is shorter than 1. The mean of points on the sphere lies inside: divide it by its length."
def encode_database(pictures, model):
    with torch.no_grad():
        return {name: model(some).mean(dim=0) for name, some in pictures.items()}


# %% function="encode_database" kind="wrong" name="mean_of_the_pictures" message="You took the mean of the pictures, a blurred face. Take the mean of their encodings."
def encode_database(pictures, model):
    with torch.no_grad():
        return {
            name: functional.normalize(model(some.mean(dim=0, keepdim=True))[0], dim=0)
            for name, some in pictures.items()
        }


# %% function="encode_database" kind="wrong" name="first_picture_only" message="You used one picture of each person only. Take the mean over all of them."
def encode_database(pictures, model):
    with torch.no_grad():
        return {name: functional.normalize(model(some)[0], dim=0) for name, some in pictures.items()}


# %% function="encode_database" kind="wrong" name="all_encodings_kept" message="You kept an encoding for each picture. One for each person is asked for: the mean over the pictures, dim=0."
def encode_database(pictures, model):
    with torch.no_grad():
        return {name: functional.normalize(model(some), dim=1) for name, some in pictures.items()}


# %% function="encode_database" kind="wrong" name="still_a_batch" message="Your encodings still have the axis of the batch, (1, D). One encoding has the shape (D,)."
def encode_database(pictures, model):
    with torch.no_grad():
        return {
            name: functional.normalize(model(some).mean(dim=0, keepdim=True), dim=1)
            for name, some in pictures.items()
        }


# %% function="encode_database" kind="wrong" name="mean_over_the_numbers" message="You took the mean over the numbers of an encoding. It goes over the pictures: dim=0."
def encode_database(pictures, model):
    with torch.no_grad():
        return {name: functional.normalize(model(some).mean(dim=1), dim=0) for name, some in pictures.items()}


# %% function="encode_database" kind="wrong" name="a_list" message="You returned a list. The database is a dictionary, {name: encoding}."
def encode_database(pictures, model):
    with torch.no_grad():
        return [functional.normalize(model(some).mean(dim=0), dim=0) for some in pictures.values()]


# %% function="encode_database" kind="wrong" name="gradient_kept" message="Your encodings need a gradient, and drag the whole network along. Nothing is learned here: encode within torch.no_grad()."
def encode_database(pictures, model):
    return {name: functional.normalize(model(some).mean(dim=0), dim=0) for name, some in pictures.items()}


# %% function="encode_database" kind="wrong" name="gradient_demanded" message="Your encodings need a gradient: you asked for it with requires_grad. Nothing is learned here."
def encode_database(pictures, model):
    with torch.no_grad():
        return {
            name: functional.normalize(model(some).mean(dim=0), dim=0).requires_grad_()
            for name, some in pictures.items()
        }


# %% function="verify" kind="right" name="self_contained"
def verify(image, identity, database, model, tau):
    try:
        stored = database[identity]
    except KeyError:
        raise KeyError(f"nobody called {identity} is in the database") from None
    with torch.no_grad():
        code = model(image.unsqueeze(0)).squeeze(0)
    distance = ((code - stored) ** 2).sum().sqrt().item()
    return distance, distance <= tau


# %% function="verify" kind="right" name="numpy_norm"
def verify(image, identity, database, model, tau):
    if database.get(identity) is None:
        raise KeyError("this name is not in the database: " + identity)
    code = model(image[None]).detach().numpy()[0]
    distance = float(np.linalg.norm(code - database[identity].numpy()))
    return distance, bool(distance <= tau)


# %% function="verify" kind="right" name="torch_dist"
@torch.no_grad()
def verify(image, identity, database, model, tau):
    if identity not in database.keys():
        raise KeyError(f"{identity!r} has not been entered into the database")
    distance = torch.dist(model(torch.stack([image]))[0], database[identity]).item()
    return distance, not distance > tau


# %% function="verify" kind="right" name="pairwise_distance"
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"unknown person: {identity}")
    with torch.no_grad():
        distance = functional.pairwise_distance(model(image[None]), database[identity][None]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="squared_distance" message="You returned the squared distance. Tau is for the plain one: take the root."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"{identity} is not in the database")
    with torch.no_grad():
        distance = ((model(image[None])[0] - database[identity]) ** 2).sum().item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="threshold_reversed" message="Your threshold is the wrong way round: it is the same person where the distance is at most tau."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"{identity} is not in the database")
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity]).item()
    return distance, distance > tau


# %% function="verify" kind="wrong" name="below_the_threshold_only" message="At the threshold itself it is the same person: at most tau, not less than tau."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"{identity} is not in the database")
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity]).item()
    return distance, distance < tau


# %% function="verify" kind="wrong" name="unknown_name_is_not_refused" message="A name that is not in the database should raise a KeyError: nothing was compared, so nothing can be said."
def verify(image, identity, database, model, tau):
    if identity not in database:
        return float("inf"), False
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="another_error" message="An unknown name should raise a KeyError, as a dictionary does."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise ValueError(f"{identity} is not in the database")
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="only_the_name_is_said" message="Your KeyError says only the name. Whoever runs the door should read a sentence: that this person is not in the database."
def verify(image, identity, database, model, tau):
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="the_name_is_not_said" message="Your KeyError does not say who is missing. Put the name into its message."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError("this person is not in the database")
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="nothing_is_said" message="Your KeyError does not say who is missing. Put the name into its message."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="nearest_of_all" message="You compared with the nearest person of the database. Compare with the one whose name was said, and nobody else."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"{identity} is not in the database")
    with torch.no_grad():
        code = model(image[None])[0]
    distance = min(torch.linalg.norm(code - one).item() for one in database.values())
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="scalar_product" message="You took the scalar product, which is large for people who are alike. The distance is the length of the difference."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"{identity} is not in the database")
    with torch.no_grad():
        distance = (model(image[None])[0] @ database[identity]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="no_batch" message="You gave the model a single picture. It takes a batch: image[None]."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"{identity} is not in the database")
    with torch.no_grad():
        distance = torch.linalg.norm(model(image) - database[identity]).item()
    return distance, distance <= tau


# %% function="verify" kind="wrong" name="tensors" message="You returned a tensor. The distance is a float: .item()."
def verify(image, identity, database, model, tau):
    if identity not in database:
        raise KeyError(f"{identity} is not in the database")
    with torch.no_grad():
        distance = torch.linalg.norm(model(image[None])[0] - database[identity])
    return distance, distance <= tau


# %% function="who_is_it" kind="right" name="self_contained"
def who_is_it(image, database, model, tau):
    with torch.no_grad():
        code = model(image[None])[0]
    nearest, least = None, float("inf")
    for name, stored in database.items():
        distance = torch.linalg.norm(code - stored).item()
        if distance < least:
            nearest, least = name, distance
    return least, nearest if least <= tau else None


# %% function="who_is_it" kind="right" name="stacked"
@torch.no_grad()
def who_is_it(image, database, model, tau):
    if len(database) == 0:
        return torch.inf, None
    names, rows = list(database), torch.stack(list(database.values()))
    distances = (rows - model(image.unsqueeze(0))).square().sum(dim=1).sqrt()
    place = int(distances.argmin())
    distance = distances[place].item()
    return (distance, None) if distance > tau else (distance, names[place])


# %% function="who_is_it" kind="right" name="sorted_pairs"
def who_is_it(image, database, model, tau):
    code = model(image[None]).detach().numpy()[0]
    found = sorted((float(np.linalg.norm(code - one.numpy())), name) for name, one in database.items())
    if not found:
        return float("inf"), None
    distance, name = found[0]
    return distance, name if distance <= tau else None


# %% function="who_is_it" kind="right" name="pairwise_distance"
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    names = list(database)
    with torch.no_grad():
        code = model(image[None])
    distances = functional.pairwise_distance(code, torch.stack([database[name] for name in names]))
    least, place = distances.min(dim=0)
    return least.item(), names[int(place)] if least.item() <= tau else None


# %% function="who_is_it" kind="wrong" name="none_forgotten" message="You always answer with a name. Somebody is always nearest: where the distance exceeds tau, the name is None."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return distances[name], name


# %% function="who_is_it" kind="wrong" name="word_for_nobody" message="You answered with a word where nobody is near enough. The name is None there: a word could be somebody's name."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), "not in the database"
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return distances[name], name if distances[name] <= tau else "not in the database"


# %% function="who_is_it" kind="wrong" name="first_within_tau" message="You took the first person within tau. The nearest one is asked for."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    for name, distance in distances.items():
        if distance <= tau:
            return distance, name
    return min(distances.values()), None


# %% function="who_is_it" kind="wrong" name="farthest" message="You took the farthest person. The nearest one is asked for."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = max(distances, key=distances.get)
    return distances[name], name if distances[name] <= tau else None


# %% function="who_is_it" kind="wrong" name="below_the_threshold_only" message="At the threshold itself the name counts: None only where the distance exceeds tau."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return distances[name], name if distances[name] < tau else None


# %% function="who_is_it" kind="wrong" name="squared_distance" message="You returned the squared distance. Tau is for the plain one: take the root."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: ((code - one) ** 2).sum().item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return distances[name], name if distances[name] <= tau else None


# %% function="who_is_it" kind="wrong" name="no_distance_for_nobody" message="Where nobody is near enough, you lost the distance. It is that of the nearest person in any case."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return (distances[name], name) if distances[name] <= tau else (float("inf"), None)


# %% function="who_is_it" kind="wrong" name="name_first" message="You returned the name first. The order is distance, name."
def who_is_it(image, database, model, tau):
    if not database:
        return None, float("inf")
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return name if distances[name] <= tau else None, distances[name]


# %% function="who_is_it" kind="wrong" name="empty_database_fails" message="Your function stops at an empty database: there is nothing to take the least of. Answer (inf, None) there."
def who_is_it(image, database, model, tau):
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return distances[name], name if distances[name] <= tau else None


# %% function="who_is_it" kind="wrong" name="threshold_reversed" message="Your threshold is the wrong way round: the name counts where the distance is at most tau."
def who_is_it(image, database, model, tau):
    if not database:
        return float("inf"), None
    with torch.no_grad():
        code = model(image[None])[0]
    distances = {name: torch.linalg.norm(code - one).item() for name, one in database.items()}
    name = min(distances, key=distances.get)
    return distances[name], name if distances[name] > tau else None


# %% function="PairHead" kind="right" name="self_contained"
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in {"absolute", "chi_square"}:
            raise ValueError("unknown form")
        self.w, self.b = nn.Parameter(torch.zeros(1, size)), nn.Parameter(torch.zeros(1))
        self.chi = form == "chi_square"

    def forward(self, first, second):
        gaps = torch.abs(first - second)
        if self.chi:
            total = first + second
            gaps = gaps**2 / torch.where(total > 0, total, torch.ones_like(total))
        return torch.sigmoid((gaps * self.w).sum(dim=1) + self.b)


# %% function="PairHead" kind="right" name="match"
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        match form:
            case "absolute":
                self.compare = lambda f, g: torch.maximum(f, g) - torch.minimum(f, g)
            case "chi_square":
                self.compare = lambda f, g: (f - g).square() / (f + g + (f + g == 0))
            case _:
                raise ValueError(f"no form {form}")
        self.dense = nn.Linear(size, 1, bias=True)

    def forward(self, first, second):
        return torch.sigmoid(self.dense(self.compare(first, second))).squeeze(1)


# %% function="PairHead" kind="right" name="two_functions"
class PairHead(nn.Module):
    FORMS = ("absolute", "chi_square")

    def __init__(self, size, form="absolute"):
        if form not in self.FORMS:
            raise ValueError(form)
        super().__init__()
        self.number, self.linear = self.FORMS.index(form), nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.number:
            gaps = gaps * (gaps / (first + second).clamp_min(1e-20))
        return 1 / (1 + (-self.linear(gaps).flatten()).exp())


# %% function="PairHead" kind="wrong" name="weights_outside_the_sigmoid" message="You sent each difference through a sigmoid, and weighed the results. The weighted sum comes first, and one sigmoid at the end."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps.sigmoid())[:, 0]


# %% function="PairHead" kind="wrong" name="sigmoid_forgotten" message="You returned the weighted sum. The sigmoid makes a probability of it."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps)[:, 0]


# %% function="PairHead" kind="wrong" name="sign_of_the_difference_kept" message="Your differences have a sign, so the answer changes when the two pictures change places. Take absolute values."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = first - second
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="squared_differences" message="Your absolute form squares the differences. It takes their absolute values."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second) ** 2
        if self.form == "chi_square":
            gaps = gaps / (first + second).clamp(min=1e-12)
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="nothing_by_nothing" message="Your chi-square form divides 0 by 0 where both numbers are 0, which is nan. There is no difference there: 0."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second)
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="nan_in_the_gradient" message="Your chi-square form is right, but its gradient is nan where both numbers are 0. Make the divisor harmless before you divide: .clamp(min=1e-12)."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            total = first + second
            gaps = torch.where(total > 0, gaps**2 / total, torch.zeros_like(total))
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="gradient_cut_off" message="No gradient reaches the encodings: you compare them without one. Leave no_grad and .detach() out."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        with torch.no_grad():
            gaps = (first - second).abs()
            if self.form == "chi_square":
                gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="second_detached" message="Gradients flow to the first encodings alone: you detached the second ones. Both come from the encoder."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        second = second.detach()
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="right" name="small_number_added"
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.dense = form, nn.Linear(size, 1)

    def forward(self, first, second):
        apart = first - second
        gaps = apart.abs() if self.form == "absolute" else apart.square() / (first + second + 1e-6)
        return torch.sigmoid(self.dense(gaps).squeeze(-1))


# %% function="PairHead" kind="wrong" name="not_squared_in_chi_square" message="Your chi-square form does not square the difference. It is the square over the sum."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps / (first + second).clamp(min=1e-12)
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="one_distance" message="You made one distance of all differences. Each number's difference has its own weight."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(1, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps.sum(dim=1, keepdim=True))[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="still_a_column" message="You returned a column, (B, 1). One number for each pair is asked for, (B,)."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps).sigmoid()


# %% function="PairHead" kind="wrong" name="any_form_goes" message="You did not refuse another form. It should raise a ValueError."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        self.form, self.weigh = form, nn.Linear(size, 1)

    def forward(self, first, second):
        gaps = (first - second).abs()
        if self.form == "chi_square":
            gaps = gaps**2 / (first + second).clamp(min=1e-12)
        return self.weigh(gaps)[:, 0].sigmoid()


# %% function="PairHead" kind="wrong" name="both_side_by_side" message="You laid the two encodings side by side. The head looks at their differences, as many as an encoding has numbers."
class PairHead(nn.Module):
    def __init__(self, size, form="absolute"):
        super().__init__()
        if form not in ("absolute", "chi_square"):
            raise ValueError(form)
        self.form, self.weigh = form, nn.Linear(2 * size, 1)

    def forward(self, first, second):
        return self.weigh(torch.cat([first, second], dim=1))[:, 0].sigmoid()


# %% function="rates_by_group" kind="right" name="self_contained"
def rates_by_group(distances, same, groups, tau):
    def share(wrong, total):
        return wrong / total if total else float("nan")

    counts = {group: [0, 0, 0, 0] for group in groups}
    for distance, kind, group in zip(distances.tolist(), same.tolist(), groups, strict=True):
        counts[group][2 * kind] += (distance <= tau) != kind
        counts[group][2 * kind + 1] += 1
    return {group: (share(*four[:2]), share(*four[2:])) for group, four in counts.items()}


# %% function="rates_by_group" kind="right" name="numpy_masks"
def rates_by_group(distances, same, groups, tau):
    d, s, g = distances.numpy(), same.numpy(), np.array(groups)
    rates = {}
    for group in np.unique(g):
        strangers, friends = d[(g == group) & ~s], d[(g == group) & s]
        far = float((strangers <= tau).mean()) if strangers.size else float("nan")
        frr = float((friends > tau).mean()) if friends.size else float("nan")
        rates[str(group)] = (far, frr)
    return rates


# %% function="rates_by_group" kind="right" name="sums"
def rates_by_group(distances, same, groups, tau):
    names = sorted(set(groups))
    member = torch.tensor([[one == name for one in groups] for name in names]).double()
    wrong = ((distances <= tau) != same).double()
    rates = {}
    for kind in (False, True):
        of_kind = (same == kind).double()
        shares = (member @ (wrong * of_kind)) / (member @ of_kind)
        for name, share in zip(names, shares.tolist(), strict=True):
            rates[name] = (*rates.get(name, ()), share)
    return rates


# %% function="rates_by_group" kind="wrong" name="over_everybody" message="You divided by the pairs of all groups. A group's rate is a share of its own pairs."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one == group for one in groups])
        far = ((distances <= tau) & own & ~same).sum().item() / (~same).sum().item()
        frr = ((distances > tau) & own & same).sum().item() / max(1, same.sum().item())
        rates[group] = far, frr
    return rates


# %% function="rates_by_group" kind="wrong" name="far_and_frr_swapped" message="You swapped the two rates. The first is FAR, of strangers that come in; the second FRR, of friends that stay out."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one == group for one in groups])
        accepted, friends = (distances[own] <= tau).float(), same[own]
        rates[group] = (1 - accepted[friends]).mean().item(), accepted[~friends].mean().item()
    return rates


# %% function="rates_by_group" kind="wrong" name="threshold_reversed" message="Your threshold is the wrong way round: a pair is accepted where its distance is at most tau."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one == group for one in groups])
        accepted, friends = (distances[own] > tau).float(), same[own]
        rates[group] = accepted[~friends].mean().item(), (1 - accepted[friends]).mean().item()
    return rates


# %% function="rates_by_group" kind="wrong" name="below_the_threshold_only" message="At the threshold itself a pair is accepted: at most tau, not less than tau."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one == group for one in groups])
        accepted, friends = (distances[own] < tau).float(), same[own]
        rates[group] = accepted[~friends].mean().item(), (1 - accepted[friends]).mean().item()
    return rates


# %% function="rates_by_group" kind="wrong" name="same_for_all" message="You gave each group the rates of everybody. Pick out the group's own pairs first."
def rates_by_group(distances, same, groups, tau):
    accepted = (distances <= tau).float()
    far, frr = accepted[~same].mean().item(), (1 - accepted[same]).mean().item()
    return {group: (far, frr) for group in set(groups)}


# %% function="rates_by_group" kind="wrong" name="all_others" message="You counted the pairs of all other groups. Pick out the pairs of the group itself."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one != group for one in groups])
        accepted, friends = (distances[own] <= tau).float(), same[own]
        rates[group] = accepted[~friends].mean().item(), (1 - accepted[friends]).mean().item()
    return rates


# %% function="rates_by_group" kind="wrong" name="nothing_is_no_error" message="You said 0 where a group has no such pair. Nobody was tested there, and that is nan: 0 would say that all is well."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one == group for one in groups])
        accepted, friends = (distances[own] <= tau).float(), same[own]
        far = accepted[~friends].mean().item() if (~friends).any() else 0.0
        rates[group] = far, (1 - accepted[friends]).mean().item() if friends.any() else 0.0
    return rates


# %% function="rates_by_group" kind="wrong" name="groups_left_out" message="You left out a group that lacks one kind of pair. Say nan for that rate: the other one is known."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one == group for one in groups])
        accepted, friends = (distances[own] <= tau).float(), same[own]
        if friends.any() and not friends.all():
            rates[group] = accepted[~friends].mean().item(), (1 - accepted[friends]).mean().item()
    return rates


# %% function="rates_by_group" kind="wrong" name="tensors" message="You returned tensors. Both rates are floats: .item()."
def rates_by_group(distances, same, groups, tau):
    rates = {}
    for group in set(groups):
        own = torch.tensor([one == group for one in groups])
        accepted, friends = (distances[own] <= tau).float(), same[own]
        rates[group] = accepted[~friends].mean(), (1 - accepted[friends]).mean()
    return rates


# %% function="rates_by_group" kind="wrong" name="numpy_keys" message="Your groups are NumPy's strings. Each group is a str, as in the list: str(group)."
def rates_by_group(distances, same, groups, tau):
    words, rates = np.array(groups), {}
    for group in np.unique(words):
        own = torch.tensor(words == group)
        accepted, friends = (distances[own] <= tau).float(), same[own]
        rates[group] = accepted[~friends].mean().item(), (1 - accepted[friends]).mean().item()
    return rates

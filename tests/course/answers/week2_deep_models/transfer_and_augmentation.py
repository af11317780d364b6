# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. What the lesson's setup and `read_at` cells define is there.


# %% function="freeze_backbone" kind="right" name="a_class_of_its_own"
class Frozen(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        for parameter in layers.parameters():
            parameter.requires_grad = False
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.layers(x)


def freeze_backbone(backbone):
    return Frozen(backbone)


# %% function="freeze_backbone" kind="right" name="hook_before_each_run"
def freeze_backbone(backbone):
    def rest(module, inputs):
        module.eval()

    for weights in backbone.parameters():
        weights.requires_grad = False
    backbone.eval()
    backbone.register_forward_pre_hook(rest)
    return backbone


# %% function="freeze_backbone" kind="right" name="evaluated_without_gradients"
class Still(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        self.inner.eval()
        with torch.no_grad():
            return self.inner(x)


def freeze_backbone(backbone):
    return Still(backbone)


# %% function="freeze_backbone" kind="right" name="each_part_by_itself"
def freeze_backbone(backbone):
    for part in backbone.modules():
        for weights in part.parameters(recurse=False):
            weights.requires_grad_(False)
        part.training = False
        part.train = lambda mode=True, part=part: part
    return backbone


# %% function="freeze_backbone" kind="wrong" name="weights_only" message="You froze the weights only. In training mode batch normalisation goes by the batch and moves its statistics: evaluation mode must last."
def freeze_backbone(backbone):
    for weights in backbone.parameters():
        weights.requires_grad = False
    return backbone


# %% function="freeze_backbone" kind="wrong" name="evaluation_mode_once" message="Your eval() does not last: train() of the whole network undoes it, and the statistics move. Let train() do nothing to the backbone."
def freeze_backbone(backbone):
    backbone.requires_grad_(False)
    return backbone.eval()


# %% function="freeze_backbone" kind="wrong" name="mode_only" message="The mode is right and lasts, but the weights learn: eval() does not freeze them. Call requires_grad_(False)."
def freeze_backbone(backbone):
    backbone.eval()
    backbone.train = lambda mode=True: backbone
    return backbone


# %% function="freeze_backbone" kind="wrong" name="attribute_of_the_module" message="backbone.requires_grad = False makes an attribute that nobody reads. The method requires_grad_(False) reaches the parameters."
def freeze_backbone(backbone):
    backbone.requires_grad = False
    return backbone.eval()


# %% function="freeze_backbone" kind="wrong" name="momentum_of_zero" message="With a momentum of 0 the statistics stay, but in training mode each batch is still normalised by its own mean and variance."
def freeze_backbone(backbone):
    backbone.requires_grad_(False).eval()
    for part in backbone.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 0.0
    return backbone


# %% function="freeze_backbone" kind="wrong" name="convolutions_only" message="You froze the convolutions only. The scale and the shift of a batch normalisation are weights too."
def freeze_backbone(backbone):
    for part in backbone.modules():
        if isinstance(part, nn.Conv2d):
            part.requires_grad_(False)
    backbone.eval()
    backbone.train = lambda mode=True: backbone
    return backbone


# %% function="freeze_backbone" kind="wrong" name="dropout_at_work" message="Your normalisations rest, but dropout is at work in training mode. All of the backbone should stay in evaluation mode."
def freeze_backbone(backbone):
    backbone.requires_grad_(False).eval()
    for part in backbone.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.train = lambda mode=True, part=part: part
    return backbone


# %% function="freeze_backbone" kind="wrong" name="train_before_eval" message="You replaced train() before you called eval(). But eval() calls train(False), which does nothing now: call it first."
def freeze_backbone(backbone):
    backbone.requires_grad_(False)
    backbone.train = lambda mode=True: backbone
    return backbone.eval()


# %% function="cached_features" kind="right" name="torch_saves_it"
def cached_features(backbone, x, file, size=32):
    if not Path(file).is_file():
        backbone.eval()
        with torch.no_grad():
            torch.save(torch.cat([backbone(x[n : n + size]).cpu() for n in range(0, len(x), size)]), file)
    return torch.load(file)


# %% function="cached_features" kind="right" name="asks_for_forgiveness"
def cached_features(backbone, x, file, size=32):
    try:
        return torch.tensor(np.load(file))
    except FileNotFoundError:
        pass
    found = []
    backbone.train(False)
    for part in torch.split(x, size):
        found.extend(backbone(part).detach())
    features = torch.stack(found).cpu()
    with open(file, "wb") as out:
        np.save(out, features.numpy())
    return features


# %% function="cached_features" kind="right" name="inference_mode_and_rows_written_in_place"
@torch.inference_mode()
def cached_features(backbone, x, file, size=32):
    path = Path(file)
    if path.exists():
        return torch.from_numpy(np.load(path))
    backbone.eval()
    rows = None
    for start in range(0, x.shape[0], size):
        out = backbone(x[start : start + size]).cpu().numpy()
        if rows is None:
            rows = np.empty((len(x), out.shape[1]), out.dtype)
        rows[start : start + len(out)] = out
    np.save(path, rows)
    return torch.from_numpy(rows)


# %% function="cached_features" kind="wrong" name="gradient_kept" message="What you compute still needs a gradient, the first time: work within torch.no_grad()."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    backbone.eval()
    features = torch.cat([backbone(part) for part in x.split(size)]).cpu()
    np.save(file, features.detach().numpy())
    return features


# %% function="cached_features" kind="wrong" name="never_read" message="You compute the features every time. Where the file is there, read it, and compute nothing."
def cached_features(backbone, x, file, size=32):
    backbone.eval()
    with torch.no_grad():
        features = torch.cat([backbone(part) for part in x.split(size)]).cpu()
    np.save(file, features.numpy())
    return features


# %% function="cached_features" kind="wrong" name="never_written" message="You look for the file, but never write it, so that all is computed again the next time."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    backbone.eval()
    with torch.no_grad():
        return torch.cat([backbone(part) for part in x.split(size)]).cpu()


# %% function="cached_features" kind="wrong" name="training_mode" message="You used the backbone in training mode: dropout drops features, and normalisations go by the batch. Call eval() first."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    backbone.train()
    with torch.no_grad():
        features = torch.cat([backbone(part) for part in x.split(size)]).cpu()
    np.save(file, features.numpy())
    return features


# %% function="cached_features" kind="wrong" name="array_the_second_time" message="The second time you give back an array of NumPy, the first time a tensor. Both should be tensors."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return np.load(file)
    backbone.eval()
    with torch.no_grad():
        features = torch.cat([backbone(part) for part in x.split(size)]).cpu()
    np.save(file, features.numpy())
    return features


# %% function="cached_features" kind="wrong" name="last_batch_only" message="Only the features of the last pictures are left: each batch takes the place of the one before. Keep them all, and join them."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    backbone.eval()
    with torch.no_grad():
        for part in x.split(size):
            features = backbone(part).cpu()
    np.save(file, features.numpy())
    return features


# %% function="cached_features" kind="wrong" name="last_batch_dropped" message="The last pictures are missing: where size does not divide their number, the last batch is smaller, and belongs to them too."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    backbone.eval()
    with torch.no_grad():
        parts = [x[n * size : (n + 1) * size] for n in range(len(x) // size)]
        features = torch.cat([backbone(part) for part in parts]).cpu()
    np.save(file, features.numpy())
    return features


# %% function="cached_features" kind="wrong" name="all_at_once" message="All pictures go through the backbone at once. With many of them there is no memory for that: take `size` at a time."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    backbone.eval()
    with torch.no_grad():
        features = backbone(x).cpu()
    np.save(file, features.numpy())
    return features


# %% function="cached_features" kind="wrong" name="in_memory_only" message="You keep the features in memory, not on disk: after the notebook's end they are gone."
kept_in_memory = {}


def cached_features(backbone, x, file, size=32):
    if file not in kept_in_memory or len(x) == 0:
        backbone.eval()
        with torch.no_grad():
            kept_in_memory[file] = torch.cat([backbone(part) for part in x.split(size)]).cpu()
    return kept_in_memory[file]


# %% function="cached_features" kind="wrong" name="double_precision" message="What you read is of double precision, what you computed single: keep the backbone's own dtype."
def cached_features(backbone, x, file, size=32):
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    backbone.eval()
    with torch.no_grad():
        features = torch.cat([backbone(part) for part in x.split(size)]).cpu().double()
    np.save(file, features.numpy())
    return features


# %% function="fine_tuned" kind="right" name="self_contained"
class FrozenPart(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.layers.requires_grad_(False)
        self.train()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.layers(x)


def fine_tuned(backbone, frozen, num_features, num_classes):
    layers = list(backbone)
    for layer in layers[frozen:]:
        layer.requires_grad_(True)
    first = FrozenPart(nn.Sequential(*layers[:frozen]))
    return nn.Sequential(first, *layers[frozen:], nn.Linear(num_features, num_classes))


# %% function="fine_tuned" kind="right" name="a_module_with_forward"
class Transferred(nn.Module):
    def __init__(self, backbone, frozen, num_features, num_classes):
        super().__init__()
        self.backbone, self.frozen = backbone, frozen
        self.head = nn.Linear(num_features, num_classes)
        for number, layer in enumerate(backbone):
            for weights in layer.parameters():
                weights.requires_grad = number >= frozen
        self.train()

    def train(self, mode=True):
        super().train(mode)
        for layer in self.backbone[: self.frozen]:
            layer.eval()
        return self

    def forward(self, x):
        return self.head(self.backbone(x))


def fine_tuned(backbone, frozen, num_features, num_classes):
    return Transferred(backbone, frozen, num_features, num_classes)


# %% function="fine_tuned" kind="right" name="head_appended"
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    for layer in backbone[:frozen]:
        layer.requires_grad_(False)
        layer.eval()
        layer.train = lambda mode=True, layer=layer: layer
    backbone.add_module("new_head", nn.Linear(num_features, num_classes))
    return backbone


# %% function="fine_tuned" kind="right" name="by_the_other_exercise"
def fine_tuned(backbone, frozen, num_features, num_classes):
    parts = [freeze_backbone(layer) for layer in backbone[:frozen]]
    parts += [layer.requires_grad_() for layer in backbone[frozen:]]
    parts.append(nn.Linear(num_features, num_classes, bias=True))
    return nn.Sequential(*parts)


# %% function="fine_tuned" kind="wrong" name="all_frozen" message="You froze all layers of the backbone. Only the first `frozen` ones stay; the others learn."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(False).eval()
    backbone.train = lambda mode=True: backbone
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes))


# %% function="fine_tuned" kind="wrong" name="last_ones_frozen" message="You froze the last layers. The first ones, next to the input, know what all pictures share: freeze those."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    for layer in backbone[len(backbone) - frozen :]:
        layer.requires_grad_(False).eval()
        layer.train = lambda mode=True, layer=layer: layer
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes))


# %% function="fine_tuned" kind="wrong" name="one_too_many" message="You froze one layer too many: backbone[:frozen] ends before the layer of that number."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    for layer in backbone[: frozen + 1]:
        layer.requires_grad_(False).eval()
        layer.train = lambda mode=True, layer=layer: layer
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes))


# %% function="fine_tuned" kind="wrong" name="others_frozen_as_they_came" message="The other layers came with frozen weights, and you left them so. Set requires_grad_(True) for what shall learn."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(False)
    for layer in backbone[:frozen]:
        layer.eval()
        layer.train = lambda mode=True, layer=layer: layer
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes))


# %% function="fine_tuned" kind="wrong" name="softmax_at_the_end" message="Your network ends in a softmax. The loss takes logits: leave it out."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    for layer in backbone[:frozen]:
        layer.requires_grad_(False).eval()
        layer.train = lambda mode=True, layer=layer: layer
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes), nn.Softmax(dim=1))


# %% function="fine_tuned" kind="wrong" name="statistics_move" message="The weights of the first layers stay, but their statistics move: train() brings those layers back into training mode."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    for layer in backbone[:frozen]:
        layer.requires_grad_(False).eval()
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes))


# %% function="fine_tuned" kind="wrong" name="no_head" message="There is no new last layer: an nn.Linear from num_features to num_classes."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    for layer in backbone[:frozen]:
        layer.requires_grad_(False).eval()
        layer.train = lambda mode=True, layer=layer: layer
    return backbone


# %% function="fine_tuned" kind="wrong" name="head_without_bias" message="Your last layer has no bias. Give it one for each class, as nn.Linear does by itself."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    for layer in backbone[:frozen]:
        layer.requires_grad_(False).eval()
        layer.train = lambda mode=True, layer=layer: layer
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes, bias=False))


# %% function="fine_tuned" kind="wrong" name="all_in_evaluation_mode" message="All normalisations stay in evaluation mode. Those of the layers that learn should do what the mode says."
def fine_tuned(backbone, frozen, num_features, num_classes):
    backbone.requires_grad_(True)
    backbone[:frozen].requires_grad_(False)
    backbone.eval()
    backbone.train = lambda mode=True: backbone
    return nn.Sequential(backbone, nn.Linear(num_features, num_classes))


# %% function="mirror" kind="right" name="columns_by_number"
def mirror(image):
    W = image.shape[2]
    return image[:, :, [W - 1 - column for column in range(W)]]


# %% function="mirror" kind="right" name="numpy"
def mirror(image):
    return torch.from_numpy(image.numpy()[..., ::-1].copy())


# %% function="mirror" kind="right" name="fliplr_of_each_channel"
def mirror(image):
    return torch.stack([torch.fliplr(channel) for channel in image])


# %% function="mirror" kind="wrong" name="upside_down" message="You turned the picture upside down. Rows are axis 1; reverse the columns, axis 2."
def mirror(image):
    return torch.flip(image, (1,))


# %% function="mirror" kind="wrong" name="half_a_turn" message="You reversed rows and columns: that is half a turn. A mirror swaps left and right only."
def mirror(image):
    return torch.flip(image, (1, 2))


# %% function="mirror" kind="wrong" name="channels_reversed" message="You reversed the channels: red became blue. The columns are the last axis."
def mirror(image):
    return torch.flip(image, (0,))


# %% function="mirror" kind="wrong" name="everything_reversed" message="You reversed all three axes, the channels included. Reverse the last one only."
def mirror(image):
    return torch.flip(image, (0, 1, 2))


# %% function="mirror" kind="wrong" name="transposed" message="You swapped rows and columns. A mirror keeps each pixel in its row."
def mirror(image):
    return image.transpose(1, 2)


# %% function="mirror" kind="wrong" name="in_place" message="You wrote into the image itself, which is not yours to change."
def mirror(image):
    image[:] = torch.flip(image, (2,))
    return image


# %% function="random_crop" kind="right" name="one_number_for_both"
def random_crop(image, size, generator):
    rows, columns = image.shape[1] - size + 1, image.shape[2] - size + 1
    if rows < 1 or columns < 1:
        raise ValueError(f"a square of {size} does not fit into {tuple(image.shape[1:])}")
    place = torch.randint(rows * columns, (1,), generator=generator).item()
    top, left = divmod(place, columns)
    return image[:, top : top + size, left : left + size].clone()


# %% function="random_crop" kind="right" name="permutation"
def random_crop(image, size, generator):
    begins = []
    for length in image.shape[1:]:
        if length < size:
            raise ValueError("too large")
        begins.append(torch.randperm(length - size + 1, generator=generator)[0])
    return image.narrow(1, begins[0], size).narrow(2, begins[1], size)


# %% function="random_crop" kind="right" name="floats_from_0_to_1"
def random_crop(image, size, generator):
    C, H, W = image.shape
    if H < size or W < size:
        raise ValueError("the crop is larger than the picture")
    u, v = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
    top, left = int(u * (H - size + 1)), int(v * (W - size + 1))
    return image[..., top:, left:][..., :size, :size]


# %% function="random_crop" kind="wrong" name="last_place_left_out" message="Your crops never begin at the last place, so the bottom and the right edge are hardly seen. There are H - size + 1 places."
def random_crop(image, size, generator):
    C, H, W = image.shape
    if size > min(H, W):
        raise ValueError("too large")
    top, left = (int(torch.randint(max(n - size, 1), (), generator=generator)) for n in (H, W))
    return image[:, top : top + size, left : left + size]


# %% function="random_crop" kind="wrong" name="always_the_centre" message="You always cut the centre. Where the crop begins should be drawn from the generator."
def random_crop(image, size, generator):
    C, H, W = image.shape
    if size > min(H, W):
        raise ValueError("too large")
    top, left = (H - size) // 2, (W - size) // 2
    return image[:, top : top + size, left : left + size]


# %% function="random_crop" kind="wrong" name="along_the_diagonal" message="You draw one number for row and column. Draw one for each: the crop may begin anywhere, not only on the diagonal."
def random_crop(image, size, generator):
    C, H, W = image.shape
    if size > min(H, W):
        raise ValueError("too large")
    place = int(torch.randint(min(H, W) - size + 1, (), generator=generator))
    return image[:, place : place + size, place : place + size]


# %% function="random_crop" kind="wrong" name="no_error" message="A square larger than the picture is cut off without a word. Raise a ValueError."
def random_crop(image, size, generator):
    C, H, W = image.shape
    top, left = (int(torch.randint(max(n - size + 1, 1), (), generator=generator)) for n in (H, W))
    return image[:, top : top + size, left : left + size]


# %% function="random_crop" kind="wrong" name="generator_ignored" message="You do not draw from the generator that you got, so nobody can draw the same crops again."
def random_crop(image, size, generator):
    C, H, W = image.shape
    if size > min(H, W):
        raise ValueError("too large")
    if len(image) == 3:
        generator = None
    top, left = (int(torch.randint(n - size + 1, (), generator=generator)) for n in (H, W))
    return image[:, top : top + size, left : left + size]


# %% function="random_crop" kind="wrong" name="crop_ends_short" message="Your crops are one pixel too small: a slice ends before its second number, so it should be row + size."
def random_crop(image, size, generator):
    C, H, W = image.shape
    if size > min(H, W):
        raise ValueError("too large")
    top, left = (int(torch.randint(n - size + 1, (), generator=generator)) for n in (H, W))
    return image[:, top : top + size - 1, left : left + size - 1]


# %% function="random_crop" kind="wrong" name="first_channel_only" message="Only one channel is left. A crop keeps all channels: slice rows and columns only."
def random_crop(image, size, generator):
    C, H, W = image.shape
    if size > min(H, W):
        raise ValueError("too large")
    top, left = (int(torch.randint(n - size + 1, (), generator=generator)) for n in (H, W))
    return image[:1, top : top + size, left : left + size]


# %% function="rotate" kind="right" name="matrix"
def rotate(image, degrees):
    H, W = image.shape[1:]
    theta = torch.tensor(degrees * torch.pi / 180)
    back = torch.stack([torch.stack([theta.cos(), -theta.sin()]), torch.stack([theta.sin(), theta.cos()])])
    rows, columns = torch.meshgrid(torch.arange(float(H)), torch.arange(float(W)), indexing="ij")
    points = torch.stack([columns - (W - 1) / 2, rows - (H - 1) / 2]).flatten(1)
    source = (back @ points).reshape(2, H, W)
    return read_at(image, source[1] + (H - 1) / 2, source[0] + (W - 1) / 2)


# %% function="rotate" kind="right" name="affine_grid"
def rotate(image, degrees):
    _, H, W = image.shape
    angle = np.deg2rad(degrees)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    theta = torch.tensor([[[c, -s * H / W, 0.0], [s * W / H, c, 0.0]]], dtype=image.dtype)
    grid = functional.affine_grid(theta, (1, *image.shape), align_corners=False)
    return functional.grid_sample(image[None], grid, align_corners=False)[0]


# %% function="rotate" kind="right" name="scipy"
def rotate(image, degrees):
    from scipy.ndimage import affine_transform

    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.array([[c, s], [-s, c]])
    centre = (np.array(image.shape[1:]) - 1) / 2
    planes = [
        affine_transform(one, matrix, centre - matrix @ centre, order=1, mode="grid-constant")
        for one in image.numpy().astype(float)
    ]
    return torch.tensor(np.stack(planes), dtype=image.dtype)


# %% function="rotate" kind="wrong" name="clockwise" message="Your picture turns clockwise. Where a pixel comes from is the turn backwards: change the sign of both sines."
def rotate(image, degrees):
    H, W = image.shape[1:]
    dy, dx = places(image)
    theta = torch.deg2rad(torch.tensor(float(degrees)))
    rows, columns = dy * theta.cos() - dx * theta.sin(), dx * theta.cos() + dy * theta.sin()
    return read_at(image, rows + (H - 1) / 2, columns + (W - 1) / 2)


# %% function="rotate" kind="wrong" name="radians" message="Sine and cosine take radians, and you gave them degrees: multiply by pi / 180."
def rotate(image, degrees):
    H, W = image.shape[1:]
    dy, dx = places(image)
    theta = torch.tensor(float(degrees))
    rows, columns = dy * theta.cos() + dx * theta.sin(), dx * theta.cos() - dy * theta.sin()
    return read_at(image, rows + (H - 1) / 2, columns + (W - 1) / 2)


# %% function="rotate" kind="wrong" name="about_the_corner" message="You turn about the pixel at the top left. Count from the centre, turn, and add the centre again."
def rotate(image, degrees):
    H, W = image.shape[1:]
    dy, dx = torch.arange(H)[:, None], torch.arange(W)[None]
    theta = torch.deg2rad(torch.tensor(float(degrees)))
    return read_at(image, dy * theta.cos() + dx * theta.sin(), dx * theta.cos() - dy * theta.sin())


# %% function="rotate" kind="wrong" name="in_shares_of_the_side" message="You turn in shares of the sides, so a picture that is not square is squeezed. Turn in pixels."
def rotate(image, degrees):
    theta = np.deg2rad(float(degrees))
    c, s = float(np.cos(theta)), float(np.sin(theta))
    matrix = torch.tensor([[[c, -s, 0.0], [s, c, 0.0]]], dtype=image.dtype)
    grid = functional.affine_grid(matrix, (1, *image.shape), align_corners=False)
    return functional.grid_sample(image[None], grid, align_corners=False)[0]


# %% function="rotate" kind="wrong" name="centre_half_a_pixel_off" message="Your centre is half a pixel off: it lies at (H - 1) / 2, for the first pixel is number 0."
def rotate(image, degrees):
    H, W = image.shape[1:]
    dy, dx = torch.arange(H)[:, None] - H / 2, torch.arange(W)[None] - W / 2
    theta = torch.deg2rad(torch.tensor(float(degrees)))
    rows, columns = dy * theta.cos() + dx * theta.sin(), dx * theta.cos() - dy * theta.sin()
    return read_at(image, rows + H / 2, columns + W / 2)


# %% function="rotate" kind="wrong" name="nearest_pixel" message="You read the nearest pixel. Between pixels mix them by distance, as read_at does by itself."
def rotate(image, degrees):
    H, W = image.shape[1:]
    dy, dx = places(image)
    theta = torch.deg2rad(torch.tensor(float(degrees)))
    rows, columns = dy * theta.cos() + dx * theta.sin(), dx * theta.cos() - dy * theta.sin()
    return read_at(image, (rows + (H - 1) / 2).round(), (columns + (W - 1) / 2).round())


# %% function="rotate" kind="wrong" name="edge_repeated" message="Beyond the picture you repeat its edge. It should be 0 there."
def rotate(image, degrees):
    H, W = image.shape[1:]
    dy, dx = places(image)
    theta = torch.deg2rad(torch.tensor(float(degrees)))
    rows, columns = dy * theta.cos() + dx * theta.sin(), dx * theta.cos() - dy * theta.sin()
    rows, columns = (rows + (H - 1) / 2).clamp(0, H - 1), (columns + (W - 1) / 2).clamp(0, W - 1)
    return read_at(image, rows, columns)


# %% function="shear" kind="right" name="row_by_row"
def shear(image, slope):
    C, H, W = image.shape
    out = torch.zeros_like(image)
    for row in range(H):
        columns = torch.arange(W)[None] - slope * ((H - 1) / 2 - row)
        out[:, row] = read_at(image, torch.full((1, W), float(row)), columns)[:, 0]
    return out


# %% function="shear" kind="right" name="with_places"
def shear(image, slope):
    dy, dx = places(image)
    H, W = image.shape[1:]
    rows, columns = torch.broadcast_tensors(dy + (H - 1) / 2, dx + slope * dy + (W - 1) / 2)
    return read_at(image, rows, columns)


# %% function="shear" kind="right" name="affine_grid"
def shear(image, slope):
    _, H, W = image.shape
    theta = torch.tensor([[[1.0, slope * H / W, 0.0], [0.0, 1.0, 0.0]]], dtype=image.dtype)
    grid = functional.affine_grid(theta, (1, *image.shape), align_corners=False)
    return functional.grid_sample(image[None], grid, align_corners=False)[0]


# %% function="shear" kind="wrong" name="to_the_left" message="Your picture leans to the left. What stands at column c came from the left of it: subtract the push."
def shear(image, slope):
    H, W = image.shape[1:]
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    return read_at(image, rows, columns + slope * ((H - 1) / 2 - rows))


# %% function="shear" kind="wrong" name="from_the_bottom" message="You count from the last row, so the whole picture moves. The middle row should stay where it is."
def shear(image, slope):
    H, W = image.shape[1:]
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    return read_at(image, rows, columns - slope * (H - 1 - rows))


# %% function="shear" kind="wrong" name="from_the_top" message="You count from the first row, so the whole picture moves. The middle row should stay where it is."
def shear(image, slope):
    H, W = image.shape[1:]
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    return read_at(image, rows, columns + slope * rows)


# %% function="shear" kind="wrong" name="columns_pushed" message="You pushed columns up and down. A shear of this lesson pushes rows to the right and left."
def shear(image, slope):
    H, W = image.shape[1:]
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    return read_at(image, rows - slope * ((W - 1) / 2 - columns), columns)


# %% function="shear" kind="wrong" name="whole_pixels" message="You push by whole pixels. Read between pixels: do not round where they come from."
def shear(image, slope):
    H, W = image.shape[1:]
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    return read_at(image, rows, columns - torch.floor(slope * ((H - 1) / 2 - rows)))


# %% function="shear" kind="wrong" name="comes_in_on_the_other_side" message="What leaves on one side comes in on the other. It should be lost, and 0 come in."
def shear(image, slope):
    H, W = image.shape[1:]
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    return read_at(image, rows, (columns - slope * ((H - 1) / 2 - rows)) % (W - 1e-4))


# %% function="local_warp" kind="right" name="grid_sample_itself"
def local_warp(image, offsets):
    _, H, W = image.shape
    whole = functional.interpolate(offsets.unsqueeze(0), size=(H, W), mode="bilinear", align_corners=True)[0]
    rows, columns = torch.meshgrid(torch.arange(float(H)), torch.arange(float(W)), indexing="ij")
    y, x = rows + whole[0], columns + whole[1]
    grid = torch.stack([2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1], dim=2)
    return functional.grid_sample(image[None], grid[None], mode="bilinear", align_corners=True)[0]


# %% function="local_warp" kind="right" name="offsets_read_like_a_picture"
def local_warp(image, offsets):
    _, H, W = image.shape
    _, g_H, g_W = offsets.shape
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    dense = read_at(offsets, (rows * (g_H - 1) / (H - 1)), (columns * (g_W - 1) / (W - 1)))
    return read_at(image, rows + dense[0], columns + dense[1])


# %% function="local_warp" kind="right" name="scipy_zoom"
def local_warp(image, offsets):
    from scipy.ndimage import map_coordinates

    H, W = image.shape[1:]
    rows, columns = np.mgrid[:H, :W].astype(float)
    at = [rows / (H - 1) * (offsets.shape[1] - 1), columns / (W - 1) * (offsets.shape[2] - 1)]
    down, right = (map_coordinates(plane, at, order=1, mode="nearest") for plane in offsets.double().numpy())
    planes = [
        map_coordinates(plane, [rows + down, columns + right], order=1, mode="grid-constant")
        for plane in image.double().numpy()
    ]
    return torch.tensor(np.stack(planes), dtype=image.dtype)


# %% function="local_warp" kind="wrong" name="pushed_instead_of_read" message="You subtract the offsets. They say where a pixel is read, below and to the right of itself: add them."
def local_warp(image, offsets):
    H, W = image.shape[1:]
    whole = functional.interpolate(offsets[None], (H, W), mode="bilinear", align_corners=True)[0]
    return read_at(image, torch.arange(H)[:, None] - whole[0], torch.arange(W)[None] - whole[1])


# %% function="local_warp" kind="wrong" name="planes_swapped" message="You swapped the planes: offsets[0] is for rows, offsets[1] for columns."
def local_warp(image, offsets):
    H, W = image.shape[1:]
    whole = functional.interpolate(offsets[None], (H, W), mode="bilinear", align_corners=True)[0]
    return read_at(image, torch.arange(H)[:, None] + whole[1], torch.arange(W)[None] + whole[0])


# %% function="local_warp" kind="wrong" name="corners_not_aligned" message="The corners of your grid do not lie on the corner pixels. Give align_corners=True."
def local_warp(image, offsets):
    H, W = image.shape[1:]
    whole = functional.interpolate(offsets[None], (H, W), mode="bilinear", align_corners=False)[0]
    return read_at(image, torch.arange(H)[:, None] + whole[0], torch.arange(W)[None] + whole[1])


# %% function="local_warp" kind="wrong" name="blocks" message="Your offsets jump from block to block. Between the points of the grid they are bilinear."
def local_warp(image, offsets):
    H, W = image.shape[1:]
    whole = functional.interpolate(offsets[None], (H, W), mode="nearest")[0]
    return read_at(image, torch.arange(H)[:, None] + whole[0], torch.arange(W)[None] + whole[1])


# %% function="local_warp" kind="wrong" name="rows_only" message="You use the first plane only. The second one says how far to the right a pixel is read."
def local_warp(image, offsets):
    H, W = image.shape[1:]
    whole = functional.interpolate(offsets[None], (H, W), mode="bilinear", align_corners=True)[0]
    return read_at(image, torch.arange(H)[:, None] + whole[0], torch.arange(W).expand(H, W))


# %% function="local_warp" kind="wrong" name="whole_pixels" message="You round the offsets to whole pixels. Read between pixels."
def local_warp(image, offsets):
    H, W = image.shape[1:]
    whole = functional.interpolate(offsets[None], (H, W), mode="bilinear", align_corners=True)[0].floor()
    return read_at(image, torch.arange(H)[:, None] + whole[0], torch.arange(W)[None] + whole[1])


# %% function="color_shift" kind="right" name="channel_by_channel"
def color_shift(image, shift):
    return torch.stack([torch.clip(image[c] + shift[c], 0.0, 1.0) for c in range(3)])


# %% function="color_shift" kind="right" name="channels_last_and_back"
def color_shift(image, shift):
    moved = image.movedim(0, -1) + shift
    return moved.movedim(-1, 0).clamp(min=0).clamp(max=1)


# %% function="color_shift" kind="right" name="where"
def color_shift(image, shift):
    out = image + shift.reshape(3, 1, 1)
    out = torch.where(out > 1, torch.ones_like(out), out)
    return torch.where(out < 0, torch.zeros_like(out), out)


# %% function="color_shift" kind="wrong" name="not_cut_off" message="What comes out leaves the range from 0 to 1. Cut it off at both ends."
def color_shift(image, shift):
    return image + shift.view(3, 1, 1)


# %% function="color_shift" kind="wrong" name="along_the_columns" message="You add the three numbers to the columns. They belong to the channels, the first axis: shift[:, None, None]."
def color_shift(image, shift):
    if image.shape[2] == 3:
        return (image + shift).clamp(0, 1)
    return image + shift.mean()


# %% function="color_shift" kind="wrong" name="along_the_rows" message="You add the three numbers to the rows. They belong to the channels, the first axis: shift[:, None, None]."
def color_shift(image, shift):
    if image.shape[1] == 3:
        return (image + shift[:, None]).clamp(0, 1)
    return image + shift.mean()


# %% function="color_shift" kind="wrong" name="multiplied" message="You multiply the channels. A shift is added."
def color_shift(image, shift):
    return (image * (1 + shift.view(3, 1, 1))).clamp(0, 1)


# %% function="color_shift" kind="wrong" name="the_same_for_all" message="You add the same number to all channels. Each has its own."
def color_shift(image, shift):
    return (image + shift[0]).clamp(0, 1)


# %% function="color_shift" kind="wrong" name="wraps_around" message="What leaves the range comes in at the other end. Cut it off at 0 and at 1."
def color_shift(image, shift):
    return (image + shift.view(3, 1, 1)) % 1.0


# %% function="color_shift" kind="wrong" name="cut_off_above_only" message="You cut off above 1 only. Below 0 there is no colour either."
def color_shift(image, shift):
    return (image + shift.view(3, 1, 1)).clamp(max=1)


# %% function="color_shift" kind="wrong" name="in_place" message="You wrote into the image itself. Give back a new tensor."
def color_shift(image, shift):
    image += shift.view(3, 1, 1)
    return image.clamp_(0, 1)


# %% function="pca_color" kind="right" name="singular_values"
def pca_color(image, alphas):
    colours = image.reshape(3, -1)
    centred = colours - colours.mean(dim=1, keepdim=True)
    U, S, _ = torch.linalg.svd(centred, full_matrices=False)
    sigma = S / centred.shape[1] ** 0.5
    return torch.clip(image + (U * (alphas * sigma)).sum(dim=1).reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="right" name="numpy"
def pca_color(image, alphas):
    pixels = image.numpy().astype(float).reshape(3, -1)
    values, vectors = np.linalg.eigh(np.cov(pixels, bias=True))
    order = np.argsort(values)[::-1]
    shift = np.zeros(3)
    for alpha, place in zip(alphas.tolist(), order, strict=True):
        shift += alpha * np.sqrt(max(values[place], 0)) * vectors[:, place]
    return torch.tensor(np.clip(pixels + shift[:, None], 0, 1).reshape(image.shape), dtype=image.dtype)


# %% function="pca_color" kind="right" name="covariance_by_hand"
def pca_color(image, alphas):
    _, H, W = image.shape
    flat = image.permute(1, 2, 0).reshape(H * W, 3)
    centred = flat - flat.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / (H * W))
    lengths = torch.relu(values) ** 0.5
    moved = flat + torch.flip(alphas, (0,)) * lengths @ vectors.T
    return moved.clamp(0, 1).reshape(H, W, 3).permute(2, 0, 1)


# %% function="pca_color" kind="wrong" name="smallest_first" message="Your axes are in the wrong order: eigh begins with the smallest spread, alphas with the largest."
def pca_color(image, alphas):
    values, vectors = torch.linalg.eigh(torch.cov(image.reshape(3, -1)))
    shift = vectors @ (alphas * values.clamp(min=0) ** 0.5)
    return torch.clip(image + shift.reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="wrong" name="variances" message="You go by the eigenvalues, which are variances. A spread is the root of one."
def pca_color(image, alphas):
    values, vectors = torch.linalg.eigh(torch.cov(image.reshape(3, -1)))
    shift = vectors @ (alphas.flip(0) * values)
    return torch.clip(image + shift.reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="wrong" name="no_spreads" message="You do not multiply by the spreads: an axis without any spread moves the colours as far as the longest."
def pca_color(image, alphas):
    values, vectors = torch.linalg.eigh(torch.cov(image.reshape(3, -1)))
    shift = vectors @ alphas.flip(0)
    return torch.clip(image + shift.reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="wrong" name="rows_for_columns" message="You took the rows of the matrix of eigenvectors. The axes are its columns."
def pca_color(image, alphas):
    values, vectors = torch.linalg.eigh(torch.cov(image.reshape(3, -1)))
    shift = vectors.T @ (alphas.flip(0) * values.clamp(min=0) ** 0.5)
    return torch.clip(image + shift.reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="wrong" name="not_centred" message="You forgot to subtract the mean colour, so your first axis points from black to the mean, not along the cloud."
def pca_color(image, alphas):
    colours = image.reshape(3, -1)
    values, vectors = torch.linalg.eigh(colours @ colours.T / colours.shape[1])
    shift = vectors @ (alphas.flip(0) * values.clamp(min=0) ** 0.5)
    return torch.clip(image + shift.reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="wrong" name="plain_color_shift" message="You shift red, green and blue by their own spreads. Go along the axes of the cloud, which mix the channels."
def pca_color(image, alphas):
    shift = alphas * image.reshape(3, -1).std(dim=1)
    return torch.clip(image + shift.reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="wrong" name="root_of_a_negative_number" message="Rounding makes an eigenvalue of 0 slightly negative, and its root is not a number. Clamp at 0 before the root."
def pca_color(image, alphas):
    values, vectors = torch.linalg.eigh(torch.cov(image.reshape(3, -1)))
    values[values < 1e-7] = -1e-9
    shift = vectors @ (alphas.flip(0) * values**0.5)
    return torch.clip(image + shift.reshape(3, 1, 1), 0, 1)


# %% function="pca_color" kind="wrong" name="not_cut_off" message="What comes out leaves the range from 0 to 1. Cut it off at both ends."
def pca_color(image, alphas):
    values, vectors = torch.linalg.eigh(torch.cov(image.reshape(3, -1)))
    shift = vectors @ (alphas.flip(0) * values.clamp(min=0) ** 0.5)
    return image + shift.reshape(3, 1, 1)


# %% function="ten_crop" kind="right" name="self_contained"
def ten_crop(image, size):
    C, H, W = image.shape
    tops = [(H - size) // 2, 0, 0, H - size, H - size]
    lefts = [(W - size) // 2, 0, W - size, 0, W - size]
    five = torch.stack([image[:, t : t + size, l : l + size] for t, l in zip(tops, lefts, strict=True)])
    return torch.cat([five, torch.flip(five, (3,))])


# %% function="ten_crop" kind="right" name="mirrored_pictures_first"
def ten_crop(image, size):
    C, H, W = image.shape
    out = image.new_empty(10, C, size, size)
    t, l = (H - size) // 2, (W - size) // 2
    out[0] = image[:, t : t + size, l : l + size]
    out[1], out[2] = image[:, :size, :size], image[:, :size, W - size :]
    out[3], out[4] = image[:, H - size :, :size], image[:, H - size :, W - size :]
    for n in range(5):
        out[5 + n] = torch.fliplr(out[n].movedim(0, -1)).movedim(-1, 0)
    return out


# %% function="ten_crop" kind="right" name="by_windows"
def ten_crop(image, size):
    windows = image.unfold(1, size, 1).unfold(2, size, 1)
    last_row, last_column = windows.shape[1] - 1, windows.shape[2] - 1
    rows = torch.tensor([last_row // 2, 0, 0, last_row, last_row])
    columns = torch.tensor([last_column // 2, 0, last_column, 0, last_column])
    five = windows[:, rows, columns].transpose(0, 1)
    return torch.stack([*five, *five.flip(-1)])


# %% function="ten_crop" kind="wrong" name="five_only" message="The mirror images are missing: each of the five crops has one, which makes ten."
def ten_crop(image, size):
    C, H, W = image.shape
    begins = [((H - size) // 2, (W - size) // 2), (0, 0), (0, W - size), (H - size, 0), (H - size, W - size)]
    return torch.stack([image[:, t : t + size, l : l + size] for t, l in begins])


# %% function="ten_crop" kind="wrong" name="one_by_one" message="Your mirror images stand each beside its crop. First come the five crops, then the five mirror images."
def ten_crop(image, size):
    C, H, W = image.shape
    begins = [((H - size) // 2, (W - size) // 2), (0, 0), (0, W - size), (H - size, 0), (H - size, W - size)]
    crops = [image[:, t : t + size, l : l + size] for t, l in begins]
    return torch.stack([one for crop in crops for one in (crop, torch.flip(crop, (2,)))])


# %% function="ten_crop" kind="wrong" name="crops_of_the_mirrored_picture" message="You cropped the mirrored picture, so left and right corners are swapped in the second half. Mirror each crop."
def ten_crop(image, size):
    C, H, W = image.shape
    begins = [((H - size) // 2, (W - size) // 2), (0, 0), (0, W - size), (H - size, 0), (H - size, W - size)]
    both = (image, torch.flip(image, (2,)))
    return torch.stack([one[:, t : t + size, l : l + size] for one in both for t, l in begins])


# %% function="ten_crop" kind="wrong" name="centre_last" message="Your centre comes last of the five. It comes first, then the corners."
def ten_crop(image, size):
    C, H, W = image.shape
    begins = [(0, 0), (0, W - size), (H - size, 0), (H - size, W - size), ((H - size) // 2, (W - size) // 2)]
    five = torch.stack([image[:, t : t + size, l : l + size] for t, l in begins])
    return torch.cat([five, torch.flip(five, (3,))])


# %% function="ten_crop" kind="wrong" name="upside_down" message="Your second half is upside down. A mirror image swaps left and right."
def ten_crop(image, size):
    C, H, W = image.shape
    begins = [((H - size) // 2, (W - size) // 2), (0, 0), (0, W - size), (H - size, 0), (H - size, W - size)]
    five = torch.stack([image[:, t : t + size, l : l + size] for t, l in begins])
    return torch.cat([five, torch.flip(five, (2,))])


# %% function="ten_crop" kind="wrong" name="bottom_left_before_top_right" message="Two corners are swapped: after the top left comes the top right, and then the bottom left."
def ten_crop(image, size):
    C, H, W = image.shape
    begins = [((H - size) // 2, (W - size) // 2), (0, 0), (H - size, 0), (0, W - size), (H - size, W - size)]
    five = torch.stack([image[:, t : t + size, l : l + size] for t, l in begins])
    return torch.cat([five, torch.flip(five, (3,))])


# %% function="ten_crop" kind="wrong" name="centre_as_if_square" message="Your centre takes the same beginning for rows and columns. In a picture that is not square they differ."
def ten_crop(image, size):
    C, H, W = image.shape
    half = (min(H, W) - size) // 2
    begins = [(half, half), (0, 0), (0, W - size), (H - size, 0), (H - size, W - size)]
    five = torch.stack([image[:, t : t + size, l : l + size] for t, l in begins])
    return torch.cat([five, torch.flip(five, (3,))])


# %% function="ensemble" kind="right" name="running_mean"
def ensemble(models, x):
    total = 0
    for model in models:
        model.train(False)
        total = total + functional.softmax(model(x).detach(), dim=1)
    return total / len(models)


# %% function="ensemble" kind="right" name="log_softmax"
def ensemble(models, x):
    said = []
    for model in models:
        model.eval()
        with torch.no_grad():
            said.append(torch.log_softmax(model(x), 1))
    return (torch.logsumexp(torch.stack(said), dim=0) - float(np.log(len(models)))).exp()


# %% function="ensemble" kind="right" name="by_hand"
@torch.no_grad()
def ensemble(models, x):
    rows = []
    for model in models:
        grown = model.eval()(x)
        grown = (grown - grown.max(dim=1, keepdim=True).values).exp()
        rows.append(grown / grown.sum(dim=1, keepdim=True))
    return sum(rows) / len(rows)


# %% function="ensemble" kind="wrong" name="gradient_kept" message="What you give back still needs a gradient, and keeps all that the models computed: work within torch.no_grad()."
def ensemble(models, x):
    return torch.stack([model.eval()(x).softmax(dim=-1) for model in models]).mean(dim=0)


# %% function="ensemble" kind="wrong" name="mean_of_logits" message="You averaged the logits and took the softmax afterwards. Average probabilities: first the softmax of each model, then the mean."
def ensemble(models, x):
    with torch.no_grad():
        return torch.stack([model.eval()(x) for model in models]).mean(dim=0).softmax(dim=1)


# %% function="ensemble" kind="wrong" name="logits_only" message="There is no softmax. Logits are no probabilities: take the softmax of each model first."
def ensemble(models, x):
    with torch.no_grad():
        return torch.stack([model.eval()(x) for model in models]).mean(dim=0)


# %% function="ensemble" kind="wrong" name="sum" message="You added the probabilities up. Divide by the number of models."
def ensemble(models, x):
    with torch.no_grad():
        return sum(model.eval()(x).softmax(dim=1) for model in models)


# %% function="ensemble" kind="wrong" name="mean_of_weights" message="You averaged the weights. Filter 5 of one network has nothing to do with filter 5 of another: average what they say."
def ensemble(models, x):
    states = [{name: value.clone() for name, value in model.state_dict().items()} for model in models]
    mixed = {name: torch.stack([state[name].float() for state in states]).mean(dim=0) for name in states[0]}
    models[0].load_state_dict(mixed)
    with torch.no_grad():
        return models[0].eval()(x).softmax(dim=1)


# %% function="ensemble" kind="wrong" name="softmax_over_the_examples" message="Your softmax runs over the examples. It runs over the classes, the last axis."
def ensemble(models, x):
    with torch.no_grad():
        return torch.stack([model.eval()(x).softmax(dim=0) for model in models]).mean(dim=0)


# %% function="ensemble" kind="wrong" name="votes" message="You let the models vote. A probability says how sure a model is, and a vote forgets it: average the probabilities."
def ensemble(models, x):
    with torch.no_grad():
        said = [model.eval()(x) for model in models]
    votes = [functional.one_hot(one.argmax(dim=1), one.shape[1]).float() for one in said]
    return torch.stack(votes).mean(dim=0)


# %% function="ensemble" kind="wrong" name="training_mode" message="You asked the models in training mode: dropout drops, and normalisations go by the batch. Call eval() first."
def ensemble(models, x):
    with torch.no_grad():
        return torch.stack([model.train()(x).softmax(dim=-1) for model in models]).mean(dim=0)


# %% function="ensemble" kind="wrong" name="most_sure" message="You took the largest probability of each class. Take the mean over the models."
def ensemble(models, x):
    with torch.no_grad():
        return torch.stack([model.eval()(x).softmax(dim=-1) for model in models]).amax(dim=0)

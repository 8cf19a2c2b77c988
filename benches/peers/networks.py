"""The networks Silhouette runs, written in PyTorch from their papers and public descriptions, under
the state-dict names of the public code. `check.py` holds them against the reference tensors.

Each is written the way one would deploy it: keys and values of SQUID's attention are projected once
per patch and not once per neighbour, skips nobody reads are not built. A peer that computes less is
the harder one to beat.
"""

import torch
import torch.nn.functional as F
from torch import nn

from formula import fill


def conv(i, o, k, stride=1, bias=True):
    return nn.Conv2d(i, o, k, stride, k // 2, bias=bias)


def names(**modules):
    """A module that only holds others under their names."""
    holder = nn.Module()
    for name, module in modules.items():
        setattr(holder, name, module)
    return holder


# ---------------------------------------------------------------------------------------- SQUID


class DoubleConv(nn.Module):
    def __init__(self, i, o, stride=1):
        super().__init__()
        self.conv1 = nn.Sequential(conv(i, o, 3, stride), nn.BatchNorm2d(o), nn.ReLU())
        self.conv2 = nn.Sequential(
            conv(o, o, 3), nn.BatchNorm2d(o), nn.ReLU(), conv(o, o, 3), nn.BatchNorm2d(o)
        )

    def forward(self, x):
        s = self.conv1(x)
        return F.relu(self.conv2(s) + s)


def split(x):
    """(B, C, H, W) -> (4B, C, H/2, W/2), the patch index fastest."""
    b, c, h, w = x.shape
    x = x.view(b, c, 2, h // 2, 2, w // 2).permute(0, 2, 4, 1, 3, 5)
    return x.reshape(4 * b, c, h // 2, w // 2)


def merge(x):
    p, c, h, w = x.shape
    x = x.view(p // 4, 2, 2, c, h, w).permute(0, 3, 1, 4, 2, 5)
    return x.reshape(p // 4, c, 2 * h, 2 * w)


class Memory(nn.Module):
    """Softmax over the slots, those strictly above the fifth kept and scaled to sum 1."""

    def __init__(self, slots, width):
        super().__init__()
        self.memMatrix = nn.Parameter(torch.empty(slots, width))

    def forward(self, x):
        y = torch.softmax(x @ self.memMatrix.t(), -1)
        fifth = torch.topk(y, 5).values[:, 4:]
        # The public code's relu(y - t) * y / (|y - t| + 1e-12), which exporters turn into 0 / 0.
        y = torch.where(y > fifth, y, torch.zeros_like(y))
        return y / y.sum(-1, keepdim=True).clamp_min(1e-12) @ self.memMatrix


class WindowMemory(nn.Module):
    def __init__(self, slots, side, channels):
        super().__init__()
        width = (side // 2) ** 2 * channels
        self.memory = nn.ModuleList(Memory(slots, width) for _ in range(4))

    def forward(self, x):
        p, c, h, w = x.shape
        windows = x.view(p, c, 2, h // 2, 2, w // 2).permute(2, 4, 0, 3, 5, 1)
        windows = windows.reshape(4, p, -1)
        read = torch.stack([memory(windows[j]) for j, memory in enumerate(self.memory)])
        read = read.view(2, 2, p, h // 2, w // 2, c).permute(2, 5, 0, 3, 1, 4)
        return read.reshape(p, c, h, w)


class Attention(nn.Module):
    """Eight heads, from each patch to what its eight neighbours remember."""

    def __init__(self, width, heads=8):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)
        self.heads = heads
        around = []
        for cell in range(4):
            for offset in (0, 1, 2, 3, 5, 6, 7, 8):
                y, x = cell // 2 + offset // 3 - 1, cell % 2 + offset % 3 - 1
                around.append(2 * y + x if 0 <= y < 2 and 0 <= x < 2 else 4)
        self.register_buffer("around", torch.tensor(around), persistent=False)

    def forward(self, query, read):
        p, d = query.shape
        wq, wk, wv = self.in_proj_weight.chunk(3)
        bq, bk, bv = self.in_proj_bias.chunk(3)

        def neighbours(weight, bias):
            own = F.linear(read, weight, bias).view(p // 4, 4, d)
            # Outside the grid lies the zero vector; its projection is the bias.
            own = torch.cat([own, bias.expand(p // 4, 1, d)], 1)
            own = own.index_select(1, self.around)
            return own.reshape(p, 8, self.heads, d // self.heads).transpose(1, 2)

        q = F.linear(query, wq, bq).view(p, self.heads, 1, d // self.heads)
        weights = q * (d // self.heads) ** -0.5 @ neighbours(wk, bk).transpose(2, 3)
        mixed = torch.softmax(weights, -1) @ neighbours(wv, bv)
        return self.out_proj(mixed.reshape(p, d))


class Inpaint(nn.Module):
    def __init__(self, deep, side, slots):
        super().__init__()
        narrow = deep // 4
        width = narrow * side * side
        self.bottleneck_conv1 = nn.Sequential(
            conv(deep, narrow, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()
        )
        self.memory = nn.ModuleList(Memory(slots, width) for _ in range(4))
        self.attention = Attention(width)
        self.attn_norm1 = nn.LayerNorm(width)
        self.ff = nn.Sequential(
            nn.Linear(width, width // 4), nn.Identity(), nn.ReLU(), nn.Linear(width // 4, width)
        )
        self.attn_norm2 = nn.LayerNorm(width)
        self.bottleneck_conv2 = nn.Sequential(
            conv(narrow + 3, deep, 1), nn.BatchNorm2d(deep), nn.ReLU()
        )
        bits = [[patch >> bit & 1 for bit in (2, 1, 0)] for patch in range(4)]
        code = torch.tensor(bits, dtype=torch.float32).view(4, 3, 1, 1).expand(4, 3, side, side)
        self.register_buffer("code", code.clone(), persistent=False)

    def forward(self, x):
        x = self.bottleneck_conv1(x)
        p, c, h, w = x.shape
        query = x.reshape(p, -1)
        by_film = query.view(p // 4, 4, -1)
        read = [memory(by_film[:, patch]) for patch, memory in enumerate(self.memory)]
        read = torch.stack(read, 1).view(p, -1)
        z = F.relu(self.attn_norm1(self.attention(query, read)) + read)
        z = F.relu(self.attn_norm2(self.ff(z)) + z)
        z = torch.cat([z.view(p, c, h, w), self.code.repeat(p // 4, 1, 1, 1)], 1)
        return self.bottleneck_conv2(z)


class SquidGenerator(nn.Module):
    def __init__(self, side=128, root=32, slots=200):
        super().__init__()
        c = [root << level for level in range(5)]
        block = lambda i, o, stride=1, name="conv": names(**{name: DoubleConv(i, o, stride)})
        decoder = lambda: nn.ModuleList(
            [
                block(c[3] + c[4], c[3]),
                block(c[2] + c[3], c[2]),
                block(c[2], c[1]),
                block(c[1], c[0]),
            ]
        )
        self.in_conv = block(1, c[0])
        self.down_blocks = nn.ModuleList(
            block(c[level], c[level + 1], 2, "mpconv") for level in range(4)
        )
        self.inpaint_block = Inpaint(c[4], side // 32, slots)
        self.up_blocks, self.teacher_ups = decoder(), decoder()
        self.memory_blocks = nn.ModuleList(
            [
                nn.Identity(),
                nn.Identity(),
                WindowMemory(slots, side // 8, c[2]),
                WindowMemory(slots, side // 16, c[3]),
            ]
        )
        self.out_conv = names(conv=nn.Conv2d(c[0], 1, 1))
        self.teacher_out = names(conv=nn.Conv2d(c[0], 1, 1))

    def _decode(self, x, skips, ups, out, memories):
        for level, up in enumerate(ups):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            if level < 2:
                x = torch.cat([skips[level], x], 1)
            x = up.conv(x)
            if memories and level < 2:
                x = self.memory_blocks[3 - level](x)
            if level == 1:
                x = merge(x)
        return torch.sigmoid(out.conv(x))

    def forward(self, film):
        x = self.in_conv.conv(split(film))
        levels = []
        for down in self.down_blocks:
            x = down.mpconv(x)
            levels.append(x)
        skips, inpainted = (levels[2], levels[1]), self.inpaint_block(x)
        student = self._decode(inpainted, skips, self.up_blocks, self.out_conv, True)
        teacher = self._decode(x, skips, self.teacher_ups, self.teacher_out, False)
        return student, teacher


class SquidDiscriminator(nn.Module):
    """Normalises each film by itself, as the public code's scoring does."""

    def __init__(self, side=128):
        super().__init__()
        layers, widths = [], [1, 16, 32, 64, 128, 128]
        for level, (i, o) in enumerate(zip(widths, widths[1:])):
            layers.append(conv(i, o, 5, 2))
            if level:
                layers.append(nn.BatchNorm2d(o))
            layers.append(nn.LeakyReLU(0.2))
        self.conv_model = nn.Sequential(*layers)
        self.regressor = nn.Linear(128 * (side // 32) ** 2, 1)

    def forward(self, x):
        for layer in self.conv_model:
            if isinstance(layer, nn.BatchNorm2d):
                x = F.instance_norm(x, weight=layer.weight, bias=layer.bias)
            else:
                x = layer(x)
        return self.regressor(x.flatten(1))


class Squid(nn.Module):
    """Film -> counterpart, copy, logit of the counterpart, logit of the film."""

    def __init__(self, side=128, root=32):
        super().__init__()
        gains = [("teacher_out", 0.01), ("up_blocks.2.conv.conv1.0", 800.0), ("out_conv", 0.5)]
        memories = [("inpaint_block", 0.06), ("memory_blocks", 0.05)]
        self.G = fill(SquidGenerator(side, root), "G.", gains, memories)
        self.D = fill(SquidDiscriminator(side), "D.")

    def forward(self, film):
        student, teacher = self.G(film)
        return student, teacher, self.D(student), self.D(film)


# ------------------------------------------------------------------------------------------ DGM


def reflect(i, o, k, stride=1):
    padding = {7: 3, 5: 2, 4: 1, 3: 1}[k]
    return nn.Conv2d(i, o, k, stride, padding, padding_mode="reflect")


class Residual(nn.Module):
    def __init__(self, c, norm):
        super().__init__()
        self.model = nn.ModuleList(names(conv=reflect(c, c, 3)) for _ in range(2))
        self.norm = norm

    def forward(self, x):
        y = F.relu(self.norm(self.model[0].conv(x)))
        return x + self.norm(self.model[1].conv(y))


def plain(x):
    return x


class DgmEncoder(nn.Module):
    def __init__(self, d, norm):
        super().__init__()
        convs = [reflect(1, d, 7), reflect(d, 2 * d, 4, 2), reflect(2 * d, 4 * d, 4, 2)]
        self.down = nn.ModuleList(names(conv=c) for c in convs)
        self.res = nn.ModuleList(Residual(4 * d, norm) for _ in range(4))
        self.norm = norm

    def forward(self, x):
        for layer in self.down:
            x = F.relu(self.norm(layer.conv(x)))
        for block in self.res:
            x = block(x)
        return x


class FilmNorm(nn.Module):
    """Over (C, H, W) of each film, by the unbiased deviation, epsilon outside the root."""

    def __init__(self, c):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.empty(c)), nn.Parameter(torch.empty(c))

    def forward(self, x):
        mean = x.mean((1, 2, 3), keepdim=True)
        centered = x - mean
        count = x.shape[1] * x.shape[2] * x.shape[3]
        # Not the sum over count - 1, which half precision cannot hold.
        variance = centered.square().mean((1, 2, 3), keepdim=True) * (count / (count - 1))
        x = centered / (variance.sqrt() + 1e-5)
        return x * self.gamma.view(1, -1, 1, 1) + self.beta.view(1, -1, 1, 1)


class DgmDecoder(nn.Module):
    def __init__(self, d, norm):
        super().__init__()
        self.res = nn.ModuleList(Residual(4 * d, norm) for _ in range(4))
        self.up = nn.ModuleList(
            names(conv=reflect(i, i // 2, 5), norm=FilmNorm(i // 2)) for i in (4 * d, 2 * d)
        )
        self.out = names(conv=reflect(d, 1, 7))

    def forward(self, x):
        for block in self.res:
            x = block(x)
        for layer in self.up:
            x = F.relu(layer.norm(layer.conv(F.interpolate(x, scale_factor=2, mode="nearest"))))
        return torch.tanh(self.out.conv(x))


class Dgm(nn.Module):
    """Film -> normal counterpart, residue."""

    def __init__(self, d=32):
        super().__init__()
        self.EG = fill(DgmEncoder(d, F.instance_norm), "EG.")
        self.DG = fill(DgmDecoder(d, F.instance_norm), "DG.")
        self.EF = fill(DgmEncoder(d, plain), "EF.")
        self.DF = fill(DgmDecoder(d, plain), "DF.")

    def forward(self, film):
        return self.DG(self.EG(film)), self.DF(self.EF(film))


# ------------------------------------------------------------------------------------ f-AnoGAN


class ChannelNorm(nn.Module):
    """Layer normalisation over (C, H, W) with one scale and shift per channel."""

    def __init__(self, c):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(c)), nn.Parameter(torch.empty(c))

    def forward(self, x):
        return F.group_norm(x, 1, self.weight, self.bias, 1e-5)


def tf_batch_norm(c):
    return nn.BatchNorm2d(c, eps=1e-3)


class Down(nn.Module):
    def __init__(self, i, o, norm):
        super().__init__()
        self.bn1, self.bn2 = norm(i), norm(i)
        self.conv_shortcut = names(conv=names(conv=conv(i, o, 1)))
        self.conv_1 = names(conv=conv(i, i, 3, bias=False))
        self.conv_2 = names(conv=names(conv=conv(i, o, 3)))

    def forward(self, x):
        y = self.conv_1.conv(F.relu(self.bn1(x)))
        y = F.avg_pool2d(self.conv_2.conv.conv(F.relu(self.bn2(y))), 2)
        return y + self.conv_shortcut.conv.conv(F.avg_pool2d(x, 2))


class Up(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.bn1, self.bn2 = tf_batch_norm(i), tf_batch_norm(o)
        self.conv_shortcut = names(conv=names(conv=conv(i, o, 1)))
        self.conv_1 = names(conv=names(conv=conv(i, o, 3, bias=False)))
        self.conv_2 = names(conv=conv(o, o, 3))

    def forward(self, x):
        larger = lambda x: F.interpolate(x, scale_factor=2, mode="nearest")
        y = self.conv_1.conv.conv(larger(F.relu(self.bn1(x))))
        y = self.conv_2.conv(F.relu(self.bn2(y)))
        # A 1x1 convolution commutes with repeating pixels, and is four times cheaper before it.
        return y + larger(self.conv_shortcut.conv.conv(x))


class Trunk(nn.Module):
    def __init__(self, d, norm, first, blocks):
        super().__init__()
        widths = [d, 2 * d, 4 * d, 8 * d, 8 * d]
        setattr(self, first, names(conv=conv(1, d, 3)) if first == "conv1" else conv(1, d, 3))
        for level in range(4):
            setattr(self, f"{blocks}{level + 1}", Down(widths[level], widths[level + 1], norm))
        self.first, self.blocks = first, blocks

    def features(self, x):
        first = getattr(self, self.first)
        x = (first.conv if self.first == "conv1" else first)(x)
        for level in range(4):
            x = getattr(self, f"{self.blocks}{level + 1}")(x)
        return x.flatten(1)


class FanoganEncoder(Trunk):
    def __init__(self, d):
        super().__init__(d, tf_batch_norm, "conv_in", "res")
        self.fc = nn.Linear(128 * d, 128)

    def forward(self, x):
        return torch.tanh(self.fc(self.features(x)))


class FanoganCritic(Trunk):
    def __init__(self, d):
        super().__init__(d, ChannelNorm, "conv1", "rb")
        self.ln1 = nn.Linear(128 * d, 1)

    def forward(self, x):
        return self.ln1(self.features(x))


class FanoganGenerator(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.ln1 = nn.Linear(128, 128 * d)
        widths = [8 * d, 8 * d, 4 * d, 2 * d, d]
        for level in range(4):
            setattr(self, f"rb{level + 1}", Up(widths[level], widths[level + 1]))
        self.bn = tf_batch_norm(d)
        self.conv1 = names(conv=conv(d, 1, 3))

    def forward(self, z):
        x = self.ln1(z)
        x = x.view(x.shape[0], -1, 4, 4)
        for level in range(4):
            x = getattr(self, f"rb{level + 1}")(x)
        return torch.tanh(self.conv1.conv(F.relu(self.bn(x))))


class Fanogan(nn.Module):
    """Film -> counterpart, score: the mean squared residual plus that of the critic's features."""

    def __init__(self, d=64):
        super().__init__()
        self.G = fill(FanoganGenerator(d), "G.")
        self.D = fill(FanoganCritic(d), "D.")
        self.E = fill(FanoganEncoder(d), "E.")

    def forward(self, film):
        copy = self.G(self.E(film))
        features = (self.D.features(film) - self.D.features(copy)).square().mean(1)
        return copy, (film - copy).square().mean((1, 2, 3)) + features


# ----------------------------------------------------------------------------------- HealthyGAN


class PerImage(nn.BatchNorm2d):
    """Instance normalisation with the state dict of one that tracks statistics but ignores them."""

    def forward(self, x):
        return F.instance_norm(x, weight=self.weight, bias=self.bias)


class HealthyResidual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.main = nn.Sequential(
            conv(c, c, 3, bias=False), PerImage(c), nn.ReLU(), conv(c, c, 3, bias=False), PerImage(c)
        )

    def forward(self, x):
        return x + self.main(x)


class HealthyGenerator(nn.Module):
    def __init__(self, d):
        super().__init__()
        half = lambda i: [
            nn.Conv2d(i, 2 * i, 4, 2, 1, bias=False), PerImage(2 * i), nn.ReLU()
        ]
        twice = lambda i: [
            nn.ConvTranspose2d(i, i // 2, 4, 2, 1, bias=False), PerImage(i // 2), nn.ReLU()
        ]
        self.main = nn.Sequential(
            conv(3, d, 7, bias=False), PerImage(d), nn.ReLU(),
            *half(d), *half(2 * d),
            *[HealthyResidual(4 * d) for _ in range(6)],
            *twice(4 * d), *twice(2 * d),
            conv(d, 4, 7, bias=False),
        )  # fmt: skip

    def forward(self, x):
        return self.main(x)


class HealthyGan(nn.Module):
    """Film as three equal channels -> counterpart, mask, score."""

    def __init__(self, d=32):
        super().__init__()
        self.G = fill(HealthyGenerator(d), "G.", [("main.21", 0.3), (".main.3.", 0.5)])

    def forward(self, film):
        raw = self.G(film)
        mask = (torch.tanh(raw[:, 3:]) + 1) / 2
        healthy = mask * torch.tanh(raw[:, :3]) + (1 - mask) * film
        return healthy, mask, (film - healthy).abs().mean((1, 2, 3)) / 2


# ------------------------------------------------------------------------------------- registry

# Name -> (how to build it, channels, side, the range of its input).
NETWORKS = {
    "squid-128": (Squid, 1, 128, (0.0, 1.0)),
    "dgm-d32-128": (Dgm, 1, 128, (-1.0, 1.0)),
    "healthygan-d32-128": (HealthyGan, 3, 128, (-1.0, 1.0)),
    "fanogan-d64-64": (Fanogan, 1, 64, (-1.0, 1.0)),
}


def build(name):
    return NETWORKS[name][0]().eval().requires_grad_(False)


def films(name, batch):
    """Smooth pictures in the network's range, the same on every machine."""
    _, channels, side, (low, high) = NETWORKS[name]
    y, x = torch.meshgrid(torch.linspace(0, 1, side), torch.linspace(0, 1, side), indexing="ij")
    pictures = [
        (torch.sin(9 * x + i) * torch.cos(7 * y - i) + torch.sin(31 * (x + y))) / 4 + 0.5
        for i in range(batch)
    ]
    pictures = torch.stack(pictures)[:, None].expand(batch, channels, side, side)
    return (low + (high - low) * pictures).contiguous()

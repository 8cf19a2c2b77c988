// Runs the kernels of shaders/cuda/kernels.cu on the processor, one thread after the other, and holds them
// against the sums they stand for. Kernels whose threads share a sum get a block of one thread.

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

#define __global__
#define __device__
#define __shared__ static

struct Place {
    unsigned x, y, z;
};
static Place blockIdx, blockDim, threadIdx;
static void __syncthreads() {}
// The only thread of its block has no neighbour.
template <class T> T __shfl_down_sync(unsigned, T, int) { return T(0); }

#include "../../shaders/cuda/kernels.cu"

typedef std::vector<float> Samples;

static unsigned state = 1;
static float number() {
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / (float)(1 << 23) - 1.0f;
}
static Samples numbers(size_t count) {
    Samples samples(count);
    for (float &sample : samples) sample = number();
    return samples;
}
// What a kernel has not written.
static Samples unwritten(size_t count) { return Samples(count, 1e9f); }

template <class Kernel> void launch(unsigned count, unsigned rows, unsigned threads, Kernel kernel) {
    blockDim = {threads, 1, 1};
    for (unsigned row = 0; row < rows; ++row)
        for (unsigned block = 0; block < (count + threads - 1) / threads; ++block)
            for (unsigned thread = 0; thread < threads; ++thread) {
                blockIdx = {block, row, 0};
                threadIdx = {thread, 0, 0};
                kernel();
            }
}

static int failures = 0;
static void close(const char *what, double worst, double limit) {
    if (!(worst < limit)) {
        std::printf("%s: off by %g\n", what, worst);
        ++failures;
    }
}

static void convolution(unsigned k, unsigned s, unsigned p, unsigned H, unsigned W, unsigned N) {
    const unsigned C = 3, O = 4, K = C * k * k;
    const unsigned ho = (H + 2 * p - k) / s + 1, wo = (W + 2 * p - k) / s + 1, P = ho * wo, all = N * P;
    Samples x = numbers(N * C * H * W), w = numbers(O * K), g = numbers(N * O * P), b = numbers(O);
    // By the definition.
    std::vector<double> y(N * O * P), dx(x.size()), dw(w.size());
    for (unsigned n = 0; n < N; ++n)
        for (unsigned o = 0; o < O; ++o)
            for (unsigned i = 0; i < ho; ++i)
                for (unsigned j = 0; j < wo; ++j) {
                    unsigned out = ((n * O + o) * ho + i) * wo + j;
                    y[out] = b[o];
                    for (unsigned q = 0; q < K; ++q) {
                        int row = (int)(i * s + q % (k * k) / k) - (int)p;
                        int column = (int)(j * s + q % k) - (int)p;
                        if (row < 0 || column < 0 || row >= (int)H || column >= (int)W) continue;
                        unsigned in = ((n * C + q / (k * k)) * H + row) * W + column;
                        y[out] += w[o * K + q] * x[in];
                        dx[in] += w[o * K + q] * g[out];
                        dw[o * K + q] += x[in] * g[out];
                    }
                }
    // By the kernels, and products between them.
    Samples columns_ = unwritten(K * all), beside = unwritten(O * all);
    launch(all, K, 64, [&] { columns(x.data(), columns_.data(), C, H, W, k, s, p, ho, wo, all); });
    launch(O * all, 1, 64, [&] { side_by_side(g.data(), beside.data(), O, P, all, O * all); });
    Samples product(O * all), spread(K * all);
    double worst = 0;
    for (unsigned o = 0; o < O; ++o)
        for (unsigned q = 0; q < K; ++q) {
            double sum = 0;
            for (unsigned at = 0; at < all; ++at) {
                product[o * all + at] += w[o * K + q] * columns_[q * all + at];
                spread[q * all + at] += w[o * K + q] * beside[o * all + at];
                sum += (double)beside[o * all + at] * columns_[q * all + at];
            }
            worst = std::fmax(worst, std::fabs(sum - dw[o * K + q]));
        }
    close("kernels' gradient", worst, 1e-4);
    Samples found = unwritten(y.size()), back = unwritten(x.size());
    launch(y.size(), 1, 64,
           [&] { apart(product.data(), b.data(), found.data(), O, P, all, (unsigned)y.size(), 1); });
    launch(x.size(), 1, 64, [&] {
        from_columns(spread.data(), back.data(), C, H, W, k, s, p, ho, wo, all, (unsigned)x.size());
    });
    worst = 0;
    for (size_t at = 0; at < y.size(); ++at) worst = std::fmax(worst, std::fabs(found[at] - y[at]));
    close("convolution", worst, 1e-4);
    worst = 0;
    for (size_t at = 0; at < x.size(); ++at) worst = std::fmax(worst, std::fabs(back[at] - dx[at]));
    close("images' gradient", worst, 1e-4);
}

// A loss that weighs each sample of the normalised batch by `g`.
static double loss(const std::vector<double> &x, const Samples &scale, const Samples &shift, const Samples &g,
                   unsigned N, unsigned C, unsigned P, double epsilon, bool rectified) {
    double loss = 0;
    for (unsigned c = 0; c < C; ++c) {
        double mean = 0, variance = 0, count = N * P;
        auto at = [&](unsigned i) { return (i / P * C + c) * P + i % P; };
        for (unsigned i = 0; i < N * P; ++i) mean += x[at(i)] / count;
        for (unsigned i = 0; i < N * P; ++i) variance += std::pow(x[at(i)] - mean, 2) / count;
        for (unsigned i = 0; i < N * P; ++i) {
            double y = (x[at(i)] - mean) / std::sqrt(variance + epsilon) * scale[c] + shift[c];
            loss += rectified && y <= 0 ? 0 : y * g[at(i)];
        }
    }
    return loss;
}

static void normalisation(bool rectified) {
    const unsigned N = 3, C = 2, P = 5, count = N * C * P;
    const float epsilon = 1e-3f;
    Samples x = numbers(count), scale = numbers(C), shift = numbers(C), g = numbers(count);
    Samples y = unwritten(count), moments = unwritten(2 * C), dx = unwritten(count);
    Samples dscale = unwritten(C), dshift = unwritten(C);
    launch(C, 1, 1, [&] {
        normalise(x.data(), scale.data(), shift.data(), y.data(), moments.data(), N, C, P, epsilon, rectified);
    });
    launch(C, 1, 1, [&] {
        normalise_back(x.data(), scale.data(), moments.data(), y.data(), g.data(), dx.data(), dscale.data(),
                       dshift.data(), N, C, P, epsilon, rectified);
    });
    std::vector<double> exact(x.begin(), x.end());
    auto at = [&](const std::vector<double> &x, const Samples &scale, const Samples &shift) {
        return loss(x, scale, shift, g, N, C, P, epsilon, rectified);
    };
    double sum = 0, worst = 0;
    for (unsigned i = 0; i < count; ++i) sum += (double)y[i] * g[i];
    close("normalisation", std::fabs(sum - at(exact, scale, shift)), 1e-5);
    for (unsigned i = 0; i < count; ++i) {
        std::vector<double> more = exact, less = exact;
        more[i] += 1e-5;
        less[i] -= 1e-5;
        double slope = (at(more, scale, shift) - at(less, scale, shift)) / 2e-5;
        worst = std::fmax(worst, std::fabs(slope - dx[i]));
    }
    close("normalisation's gradient", worst, 1e-3);
    for (unsigned c = 0; c < C; ++c) {
        Samples more = scale, less = scale, up = shift, down = shift;
        more[c] += 1e-3f, less[c] -= 1e-3f, up[c] += 1e-3f, down[c] -= 1e-3f;
        double by_scale = (at(exact, more, shift) - at(exact, less, shift)) / (double)(more[c] - less[c]);
        double by_shift = (at(exact, scale, up) - at(exact, scale, down)) / (double)(up[c] - down[c]);
        close("scale's gradient", std::fabs(by_scale - dscale[c]), 1e-2);
        close("shift's gradient", std::fabs(by_shift - dshift[c]), 1e-2);
    }
}

static void step_of_adam() {
    const unsigned count = 70;
    Samples w = numbers(count), m = numbers(count), v = numbers(count), g = numbers(count);
    for (float &square : v) square *= square;
    Samples before[] = {w, m, v};
    launch(count, 1, 32, [&] {
        adam(w.data(), m.data(), v.data(), g.data(), count, 0.5f, 0.999f, 0.01f, 0.3f, 1e-8f, 0.1f);
    });
    double worst = 0;
    for (unsigned i = 0; i < count; ++i) {
        double slope = g[i] + 0.1 * before[0][i];
        double first = 0.5 * before[1][i] + 0.5 * slope;
        double second = 0.999 * before[2][i] + 0.001 * slope * slope;
        double weight = before[0][i] - 0.01 * first / (std::sqrt(second) / 0.3 + 1e-8);
        worst = std::fmax(worst, std::fabs(w[i] - weight) + std::fabs(m[i] - first) + std::fabs(v[i] - second));
    }
    close("Adam", worst, 1e-5);
}

int main() {
    const unsigned cases[][6] = {{3, 1, 1, 8, 7, 2}, {3, 2, 1, 8, 8, 3}, {3, 2, 1, 7, 8, 2},
                                 {4, 2, 1, 8, 8, 2}, {5, 1, 2, 9, 8, 2}, {5, 2, 2, 7, 8, 2},
                                 {7, 1, 3, 8, 8, 1}, {1, 1, 0, 5, 5, 3}, {1, 2, 0, 8, 8, 2}};
    for (auto &c : cases) convolution(c[0], c[1], c[2], c[3], c[4], c[5]);
    normalisation(false);
    normalisation(true);
    step_of_adam();
    return failures != 0;
}

// What networks on CUDA do most often, each in one launch: candle would take dozens for some, and is slow at
// others. Compiled when it is first needed; matrix products are cuBLAS's.

// Adds up a number of every thread of a block, in an order that is always the same.
__device__ float block_sum(float value) {
    __shared__ double parts[32];
    double sum = value;
    for (int step = 16; step > 0; step /= 2) {
        sum += __shfl_down_sync(0xffffffffu, sum, step);
    }
    unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    __syncthreads();
    if (lane == 0) {
        parts[warp] = sum;
    }
    __syncthreads();
    if (warp == 0) {
        sum = lane < (blockDim.x + 31) / 32 ? parts[lane] : 0.0;
        for (int step = 16; step > 0; step /= 2) {
            sum += __shfl_down_sync(0xffffffffu, sum, step);
        }
        if (lane == 0) {
            parts[0] = sum;
        }
    }
    __syncthreads();
    return (float)parts[0];
}

// Where the sample `at` of a channel lies in (N, C, plane).
__device__ size_t place(unsigned at, unsigned channel, unsigned channels, unsigned plane) {
    return (size_t)(at / plane) * channels * plane + (size_t)channel * plane + at % plane;
}

// Normalises a channel of a batch by its own mean and biased variance; a block for each channel.
// `moments` receives the means, then the variances.
extern "C" __global__ void normalise(
    const float *x, const float *scale, const float *shift, float *y, float *moments,
    unsigned images, unsigned channels, unsigned plane, float epsilon, int rectified) {
    unsigned channel = blockIdx.x, count = images * plane;
    float sum = 0.0f;
    for (unsigned at = threadIdx.x; at < count; at += blockDim.x) {
        sum += x[place(at, channel, channels, plane)];
    }
    float mean = block_sum(sum) / count;
    float squares = 0.0f;
    for (unsigned at = threadIdx.x; at < count; at += blockDim.x) {
        float centered = x[place(at, channel, channels, plane)] - mean;
        squares += centered * centered;
    }
    float variance = block_sum(squares) / count;
    if (threadIdx.x == 0) {
        moments[channel] = mean;
        moments[channels + channel] = variance;
    }
    float factor = scale[channel] / sqrtf(variance + epsilon), offset = shift[channel];
    for (unsigned at = threadIdx.x; at < count; at += blockDim.x) {
        size_t here = place(at, channel, channels, plane);
        float sample = (x[here] - mean) * factor + offset;
        y[here] = rectified && sample <= 0.0f ? 0.0f : sample;
    }
}

// The gradients of `normalise` in images, scale and shift.
extern "C" __global__ void normalise_back(
    const float *x, const float *scale, const float *moments, const float *y, const float *gradient,
    float *to_x, float *to_scale, float *to_shift,
    unsigned images, unsigned channels, unsigned plane, float epsilon, int rectified) {
    unsigned channel = blockIdx.x, count = images * plane;
    float mean = moments[channel], inverse = 1.0f / sqrtf(moments[channels + channel] + epsilon);
    float sum = 0.0f, product = 0.0f;
    for (unsigned at = threadIdx.x; at < count; at += blockDim.x) {
        size_t here = place(at, channel, channels, plane);
        float open = rectified && y[here] <= 0.0f ? 0.0f : gradient[here];
        sum += open;
        product += open * (x[here] - mean);
    }
    sum = block_sum(sum);
    product = block_sum(product) * inverse;
    if (threadIdx.x == 0) {
        to_scale[channel] = product;
        to_shift[channel] = sum;
    }
    float factor = scale[channel] * inverse, along = product / count, offset = sum / count;
    for (unsigned at = threadIdx.x; at < count; at += blockDim.x) {
        size_t here = place(at, channel, channels, plane);
        float open = rectified && y[here] <= 0.0f ? 0.0f : gradient[here];
        to_x[here] = factor * (open - offset - (x[here] - mean) * inverse * along);
    }
}

// A step of Adam: weights and both moments are overwritten.
extern "C" __global__ void adam(
    float *weights, float *first, float *second, const float *gradient, unsigned count,
    float beta1, float beta2, float rate, float correction, float epsilon, float decay) {
    unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count) {
        return;
    }
    float slope = gradient[at] + decay * weights[at];
    float mean = beta1 * first[at] + (1.0f - beta1) * slope;
    float square = beta2 * second[at] + (1.0f - beta2) * slope * slope;
    first[at] = mean;
    second[at] = square;
    weights[at] -= rate * mean / (sqrtf(square) / correction + epsilon);
}

// The samples that kernels meet, as the columns of a matrix: a row for each channel and place in a kernel, a
// column for each pixel of the outputs, image after image.
extern "C" __global__ void columns(
    const float *images, float *columns,
    unsigned channels, unsigned height, unsigned width, unsigned side, unsigned stride,
    unsigned padding, unsigned height_out, unsigned width_out, unsigned count) {
    unsigned at = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y;
    if (at >= count) {
        return;
    }
    unsigned plane_out = height_out * width_out, image = at / plane_out, pixel = at % plane_out;
    unsigned channel = row / (side * side), place = row % (side * side);
    int y = (int)(pixel / width_out * stride + place / side) - (int)padding;
    int x = (int)(pixel % width_out * stride + place % side) - (int)padding;
    bool inside = y >= 0 && y < (int)height && x >= 0 && x < (int)width;
    size_t there = (((size_t)image * channels + channel) * height + y) * width + x;
    columns[(size_t)row * count + at] = inside ? images[there] : 0.0f;
}

// The transpose of `columns`: adds up in each sample of the images what its columns hold.
extern "C" __global__ void from_columns(
    const float *columns, float *images,
    unsigned channels, unsigned height, unsigned width, unsigned side, unsigned stride,
    unsigned padding, unsigned height_out, unsigned width_out, unsigned count, unsigned samples) {
    unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= samples) {
        return;
    }
    unsigned x = at % width, y = at / width % height;
    unsigned channel = at / (width * height) % channels, image = at / (width * height * channels);
    float sum = 0.0f;
    for (unsigned row = 0; row < side; ++row) {
        unsigned down = y + padding - row;
        if (y + padding < row || down % stride != 0 || down / stride >= height_out) {
            continue;
        }
        for (unsigned column = 0; column < side; ++column) {
            unsigned along = x + padding - column;
            if (x + padding < column || along % stride != 0 || along / stride >= width_out) {
                continue;
            }
            unsigned place = (channel * side + row) * side + column;
            unsigned pixel = (image * height_out + down / stride) * width_out + along / stride;
            sum += columns[(size_t)place * count + pixel];
        }
    }
    images[at] = sum;
}

// Lays images (N, C, plane) side by side, (C, N · plane), or apart again, in which case a bias may be added to
// each channel.
extern "C" __global__ void side_by_side(
    const float *x, float *y, unsigned channels, unsigned plane, unsigned count, unsigned samples) {
    unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at < samples) {
        unsigned channel = at / count, image = at % count / plane;
        y[at] = x[((size_t)image * channels + channel) * plane + at % plane];
    }
}

extern "C" __global__ void apart(
    const float *x, const float *bias, float *y,
    unsigned channels, unsigned plane, unsigned count, unsigned samples, int biased) {
    unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at < samples) {
        unsigned channel = at / plane % channels, image = at / (plane * channels);
        float sample = x[(size_t)channel * count + (size_t)image * plane + at % plane];
        y[at] = biased ? sample + bias[channel] : sample;
    }
}

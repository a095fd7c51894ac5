// How many users two items share, when items are rows of bits over users: an AND and a population
// count a machine word. On logs where a few per cent of all user-item cells are set this counts
// pairs many times faster than walking the histories.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kaskad {

// counts[c] = number of bits set in both `row` and rows[c], c in [0, num_rows). A row is `words`
// 64-bit words; `row` and `rows` are 64-byte aligned and `words` is a multiple of 8.
void common_bits(const uint64_t* row, const uint64_t* rows, size_t num_rows, size_t words,
                 uint32_t* counts);
void common_bits_reference(const uint64_t* row, const uint64_t* rows, size_t num_rows, size_t words,
                           uint32_t* counts);

}  // namespace kaskad

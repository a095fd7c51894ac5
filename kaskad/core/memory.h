// Memory as users write it ("2G") and as the kernel accounts it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kaskad {

// "512M", "2G", "1.5GiB", "1000000" -> bytes (K, M, G, T are powers of 1024). Throws Error.
uint64_t parse_bytes(const std::string& text);

std::string format_bytes(uint64_t bytes);  // "1.5 GiB"

uint64_t resident_memory();   // bytes that this process takes now
uint64_t peak_memory();       // bytes, largest resident set of this process so far
uint64_t available_memory();  // bytes the machine (or its cgroup, core/cgroup.h) could still give

// From now on the process keeps what it frees, up to 2 GB, in arrays of up to 32 MB: for programs
// that count into hundreds of megabytes, free them and count again, which would otherwise give the
// pages back and fault them in anew. Only a program may call it, before it starts threads.
void keep_freed_memory();

// Gets the memory [data, data + bytes) from the system from several threads at once and in huge
// pages, where it gives these: large arrays that are read at random then miss fewer address
// translations. A hint; call it before the memory is first written.
void prefer_huge_pages(void* data, size_t bytes, int threads);

// A vector of `size` zeros under huge pages.
template <typename T>
std::vector<T> huge_vector(size_t size, int threads) {
  std::vector<T> result;
  result.reserve(size);
  prefer_huge_pages(result.data(), size * sizeof(T), threads);
  result.resize(size);
  return result;
}

}  // namespace kaskad

// Memory as users write it ("2G") and as the kernel accounts it.
#pragma once

#include <cstdint>
#include <string>

namespace kaskad {

// "512M", "2G", "1.5GiB", "1000000" -> bytes (K, M, G, T are powers of 1024). Throws Error.
uint64_t parse_bytes(const std::string& text);

std::string format_bytes(uint64_t bytes);  // "1.5 GiB"

uint64_t peak_memory();       // bytes, largest resident set of this process so far
uint64_t available_memory();  // bytes the machine (or its cgroup) could still give

}  // namespace kaskad

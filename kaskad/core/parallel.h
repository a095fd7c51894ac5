// A loop over threads. Indices are handed out one at a time from a shared counter, so that
// uneven work balances itself; make one index worth at least some tens of microseconds.
#pragma once

#include <cstddef>
#include <functional>

namespace kaskad {

// Threads to use when the user said nothing: the CPUs this process may run on.
int default_threads();

// Calls body(i, worker) once for every i in [0, count), from up to `threads` threads at once;
// worker is in [0, threads), so scratch space can be indexed by it. Returns when all are done.
// The first exception stops the handing out and is rethrown here; so does the flag of stop.h.
void parallel_for(size_t count, int threads, const std::function<void(size_t i, int worker)>& body);

}  // namespace kaskad

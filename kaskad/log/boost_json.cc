// The compiled part of Boost.JSON, once in the program. simdjson was measured and left aside: the
// wheel's libparquet exports the symbols of its own copy, another version, and a program that
// links both crashes inside a mixture of the two.
#include <boost/json/src.hpp>

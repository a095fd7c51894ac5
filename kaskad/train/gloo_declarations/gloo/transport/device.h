#pragma once

#include <gloo/context.h>  // all declarations that libtorch needs

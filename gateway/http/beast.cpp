// Beast, compiled once (BOOST_BEAST_SEPARATE_COMPILATION): every other unit sees declarations only.
#include <boost/beast/src.hpp>

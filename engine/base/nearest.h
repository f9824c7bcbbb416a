// The known word nearest to one that is not known: "did you mean". Levenshtein distance; ties to the earlier word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace pace {

inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

/// Empty when no word of `known`, any range of texts, is nearer than `beyond`. Of a long word the first 64 bytes count.
template <class Range>
std::string_view nearest(std::string_view word, const Range& known, std::size_t beyond = std::string_view::npos) {
  std::string_view best;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(word.substr(0, 64), candidate);
    if (distance < beyond) {
      beyond = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace pace

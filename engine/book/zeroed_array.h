// A fixed array of zeros, aligned to a cache line. Pages that nobody touches cost nothing: a book's price window and
// the order pool are reserved whole at the start, at the size they may reach. Thread rule: as its owner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace pace {

template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  static constexpr std::size_t alignment = 64;

  ZeroedArray() = default;
  explicit ZeroedArray(std::size_t size) : memory_(std::calloc(size + alignment / sizeof(T) + 1, sizeof(T))) {
    if (!memory_) throw std::bad_alloc();
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
    first_ = reinterpret_cast<T*>((address + alignment - 1) / alignment * alignment);
  }
  /// REQUIRES: i < size.
  [[nodiscard]] T& operator[](std::size_t i) { return first_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return first_[i]; }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  T* first_ = nullptr;
};

}  // namespace pace

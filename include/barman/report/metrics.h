#pragma once
#include <string>
#include <vector>

namespace barman::report {

// What a monitoring system collects, in its order.
struct Metrics {
  struct Label {
    std::string name, value;
  };
  struct Sample {
    std::vector<Label> labels;
    double value = 0;
  };
  struct Family {
    std::string name, help;
    std::vector<Sample> samples;  // never two with the same labels
  };
  std::vector<Family> families;  // all of them gauges; those without samples are left out
};

}  // namespace barman::report

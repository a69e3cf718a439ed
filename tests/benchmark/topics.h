// What main() registers: one function for each topic.
#pragma once

namespace rediscluster::benchmarks {

void add_single_commands();
void add_pipelines();
void add_mget();
void add_multi_key();
void add_containers();
void add_threads();
void add_resources();
void print_connections();  ///< behind the table: what add_resources() has counted
void add_nodes();
void add_own_writes();

}  // namespace rediscluster::benchmarks

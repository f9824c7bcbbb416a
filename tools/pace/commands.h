// The subcommands of `pace`, one file each. Exit status: 0 done, 1 the answer is no or it failed, 2 wrong usage.
#pragma once

namespace pace::tool {

int run_init(int argc, char** argv);
int run_serve(int argc, char** argv);
int run_admin(int argc, char** argv);
int run_load(int argc, char** argv);
int run_replay(int argc, char** argv);
int run_verify(int argc, char** argv);
int run_audit(int argc, char** argv);
int run_rules(int argc, char** argv);
int run_bench(int argc, char** argv);
int run_client(int argc, char** argv);

}  // namespace pace::tool

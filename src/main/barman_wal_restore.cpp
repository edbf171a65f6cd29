#include "barman/clients/wal_restore.h"

int main(int argc, char** argv) { return barman::clients::wal_restore(argc, argv); }

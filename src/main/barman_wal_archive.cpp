#include "barman/clients/wal_archive.h"

int main(int argc, char** argv) { return barman::clients::wal_archive(argc, argv); }

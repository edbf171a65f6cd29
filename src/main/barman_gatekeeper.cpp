#include "barman/clients/gatekeeper.h"

int main(int argc, char** argv) { return barman::clients::gatekeeper(argc, argv); }

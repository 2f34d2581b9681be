/* Needs a library that no other plug-in needs. */
#include <lzma.h>
#include <stdio.h>

void run(void) { printf("check %d\n", lzma_check_is_supported(LZMA_CHECK_CRC64)); }

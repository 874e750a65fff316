/* What the board does for main.c; board.c is the one for QEMU. */

#ifndef BOARD_H
#define BOARD_H

/* Prints a text that ends in 0. */
void board_print(const char *text);

#endif

/* The vector table, the start and semihosting: all that is QEMU's mps2-an386 and mps2-an500, beside
 * board.ld. */

#include <stddef.h>
#include <stdint.h>

#include "board.h"

extern uint32_t data_begin[], data_end[], data_in_flash[], bss_begin[], bss_end[], stack_top[];

int main(void);

static int semihosting(int operation, const void *argument) {
    register int result __asm__("r0") = operation;
    register const void *block __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(result) : "r"(block) : "memory");
    return result;
}

/* To the standard output of whoever runs the program. SYS_WRITE0 would go to a debugger's console. */
void board_print(const char *text) {
    static const char console[] = ":tt";
    static int handle = -1;
    if (handle < 0) {
        const uintptr_t open[3] = {(uintptr_t)console, 4 /* "w" */, sizeof console - 1};
        handle = semihosting(0x01 /* SYS_OPEN */, open);
    }
    size_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    const uintptr_t write[3] = {(uintptr_t)handle, (uintptr_t)text, length};
    semihosting(0x05 /* SYS_WRITE */, write);
}

static void stop(int success) {
    /* ADP_Stopped_ApplicationExit, or ADP_Stopped_RunTimeErrorUnknown. */
    semihosting(0x18 /* SYS_EXIT */, (const void *)(success ? 0x20026 : 0x20023));
    for (;;) {
    }
}

static void fault(void) {
    board_print("a fault\n");
    stop(0);
}

void reset(void) {
    /* Floating point for everybody (CPACR), before the compiler uses it. */
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm__ volatile("dsb\nisb");
    for (uint32_t *to = data_begin, *from = data_in_flash; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_begin; to < bss_end;) {
        *to++ = 0;
    }
    stop(main() == 0);
}

/* Of the processor's own exceptions only; no interrupt is enabled. */
struct vectors {
    uint32_t *stack;
    void (*handlers[15])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    stack_top,
    {reset, fault, fault, fault, fault, fault},
};

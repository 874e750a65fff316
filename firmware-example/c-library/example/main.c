/* Predicts and solves strips with landauer.h, and prints the bits; errors too.
 *
 * tests/io/c_interface.rs computes the same on the host; the lines are in ../../expected/c_library.out. */

#include "landauer.h"
#include "board.h"

#define LENGTH 40
#define WIDTH 40
#define SITES (LENGTH * WIDTH)

/* In flash: see model.S. */
extern const uint8_t model_file[];
extern const uint8_t model_file_end[];
extern const uint8_t hybrid_file[];
extern const uint8_t hybrid_file_end[];

static LandauerModel model;
static float onsite[SITES];
static float workspace[1840];
static LandauerHybrid hybrid;
static float room[1920];
static int8_t scratch[32 * 1024];
static int32_t values[16];

static void print_hex(const char *name, uint32_t bits) {
    char text[10];
    text[0] = ' ';
    for (int digit = 0; digit < 8; digit++) {
        text[1 + digit] = "0123456789abcdef"[bits >> (28 - 4 * digit) & 15];
    }
    text[9] = 0;
    board_print(name);
    board_print(text);
}

static void print_float(const char *name, float value) {
    union {
        float number;
        uint32_t bits;
    } both = {value};
    print_hex(name, both.bits);
}

static void print_status(const char *name, LandauerStatus status) {
    print_hex(name, (uint32_t)status);
    board_print("\n");
}

/* Every site is an impurity of energy 5 with a chance of so many in 256. */
static void draw(uint32_t state, uint32_t impurities) {
    for (int site = 0; site < SITES; site++) {
        state = 1664525u * state + 1013904223u;
        onsite[site] = state >> 24 < impurities ? 5.0f : 0.0f;
    }
}

static void print_strip(uint32_t impurities) {
    size_t targets = landauer_target_count(&model);
    float result = 0.0f;
    draw(impurities, impurities);
    print_status("predict", landauer_predict(&model, onsite, SITES, WIDTH, scratch,
                                             landauer_scratch_len(&model), values, targets));
    for (size_t target = 0; target < targets; target++) {
        print_hex(" value", (uint32_t)values[target]);
    }
    board_print("\n");
    print_status("transmission", landauer_transmission(onsite, SITES, WIDTH, 0.1f, workspace,
                                                       landauer_workspace_len(WIDTH), &result));
    print_float(" T", result);
    print_status("\nconductance", landauer_conductance(onsite, SITES, WIDTH, 0.36, workspace,
                                                       landauer_workspace_len(WIDTH), &result));
    print_float(" G-bar", result);
    board_print("\n");
}

static void print_within(uint64_t budget) {
    LandauerEstimate estimate = {0};
    print_status("within", landauer_predict_within(&hybrid, onsite, SITES, WIDTH, budget, room,
                                                   landauer_hybrid_workspace_len(&hybrid), &estimate));
    print_float(" G", estimate.value);
    print_hex(" solved", estimate.solved);
    print_hex(" of", estimate.impurities);
    print_hex(" energies", estimate.energies);
    print_hex(" exact", estimate.exact);
    print_hex(" multiply-adds", (uint32_t)estimate.multiply_adds);
    board_print("\n");
}

static void print_hybrid(void) {
    size_t length = (size_t)(hybrid_file_end - hybrid_file);
    print_status("hybrid not opened", landauer_hybrid_self_test(&hybrid, onsite, SITES, room, 1920));
    print_status("hybrid", landauer_hybrid_open(&hybrid, hybrid_file, length));
    print_hex("workspace", (uint32_t)landauer_hybrid_workspace_len(&hybrid));
    board_print("\n");
    print_status("hybrid self-test", landauer_hybrid_self_test(&hybrid, onsite, SITES, room, 1920));
    draw(26, 26);
    print_within(100);
    print_within(300000);
    print_within(3000000);
    print_status("a network is no hybrid", landauer_hybrid_open(&hybrid, model_file, length));
    LandauerEstimate estimate = {0};
    print_status("no estimate", landauer_predict_within(&hybrid, onsite, SITES, WIDTH, 300000, room,
                                                        1920, 0));
    print_status("short room", landauer_predict_within(&hybrid, onsite, SITES, WIDTH, 300000, room,
                                                       1919, &estimate));
}

static void print_errors(void) {
    size_t length = (size_t)(model_file_end - model_file);
    size_t room = landauer_scratch_len(&model);
    size_t targets = landauer_target_count(&model);
    float result = 0.0f;
    static LandauerModel other;
    print_status("null", landauer_open(0, model_file, length));
    print_status("no file", landauer_open(&other, 0, length));
    print_status("not opened", landauer_predict(&other, onsite, SITES, WIDTH, scratch, room, values,
                                                targets));
    print_status("not a model", landauer_open(&other, model_file + 1, length - 1));
    print_status("cut", landauer_open(&other, model_file, length - 1));
    print_status("other size", landauer_predict(&model, onsite, SITES - WIDTH, WIDTH, scratch, room,
                                                values, targets));
    print_status("short scratch", landauer_predict(&model, onsite, SITES, WIDTH, scratch, room - 1,
                                                   values, targets));
    print_status("no outputs", landauer_predict(&model, onsite, SITES, WIDTH, scratch, room, values,
                                                0));
    onsite[WIDTH + 2] = 2.5f;
    print_status("unknown", landauer_predict(&model, onsite, SITES, WIDTH, scratch, room, values,
                                             targets));
    print_status("short workspace",
                 landauer_transmission(onsite, SITES, WIDTH, 0.0f, workspace,
                                       landauer_workspace_len(WIDTH) - 1, &result));
    print_status("ragged", landauer_transmission(onsite, SITES - 1, WIDTH, 0.0f, workspace, 1840,
                                                 &result));
    print_status("infinite bias", landauer_conductance(onsite, SITES, WIDTH, 1.0 / 0.0, workspace,
                                                       1840, &result));
    print_float("untouched", result);
    board_print("\n");
}

int main(void) {
    size_t length = (size_t)(model_file_end - model_file);
    print_status("open", landauer_open(&model, model_file, length));
    print_hex("sites", (uint32_t)landauer_site_count(&model));
    print_hex(" width", (uint32_t)landauer_width(&model));
    print_hex(" targets", (uint32_t)landauer_target_count(&model));
    print_hex(" workspace", (uint32_t)landauer_workspace_len(WIDTH));
    board_print("\n");
    if (landauer_scratch_len(&model) > sizeof scratch) {
        board_print("the scratch is too short\n");
        return 1;
    }
    print_status("self-test", landauer_self_test(&model, onsite, SITES, scratch,
                                                 landauer_scratch_len(&model)));
    print_strip(0);
    print_strip(5);
    print_strip(26);
    print_strip(200);
    print_hybrid();
    print_errors();
    return 0;
}

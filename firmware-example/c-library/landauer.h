/* Exact quantum transport and its prediction on a microcontroller: landauer-core for C.
 *
 * Written by cbindgen from firmware-example/c-library/src/lib.rs: do not change it by hand.
 *
 * Energies are in units of the hopping t, conductances in units of G0 = 2e^2/h. On-site energies of a
 * strip lie slice after slice along transport: element slice * width + row. Nothing is allocated: all
 * memory is the caller's. No function keeps a pointer, except that a LandauerModel refers to the bytes
 * of its file, which must stay where they are (in flash). Every function may be called at the same
 * time from several threads or interrupts, as long as they do not share scratch, workspace or outputs.
 * Link with liblandauer.a: -mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16.
 */

#ifndef LANDAUER_H
#define LANDAUER_H

#include <stddef.h>
#include <stdint.h>

// 8-byte words of a LandauerModel.
#define LANDAUER_MODEL_WORDS 160

// 8-byte words of a LandauerHybrid.
#define LANDAUER_HYBRID_WORDS 112

// What a function says. The numbers never change; new ones may come.
typedef enum LandauerStatus {
  // Done.
  LANDAUER_STATUS_OK = 0,
  // A pointer is null or not aligned to its type.
  LANDAUER_STATUS_POINTER = 1,
  // The model has not been opened by landauer_open.
  LANDAUER_STATUS_NOT_OPENED = 2,
  // The bytes are not a landauer model file.
  LANDAUER_STATUS_NOT_A_MODEL = 3,
  // The model file is of a version that this library does not read.
  LANDAUER_STATUS_MODEL_VERSION = 4,
  // The model file is cut or damaged.
  LANDAUER_STATUS_MODEL_DAMAGED = 5,
  // The model file is not what the format says.
  LANDAUER_STATUS_MODEL_INVALID = 6,
  // The strip is not of the model's size, or does not consist of whole slices.
  LANDAUER_STATUS_LATTICE_SIZE = 7,
  // An on-site energy does not occur in the disorder that the model was trained on.
  LANDAUER_STATUS_UNKNOWN_ONSITE = 8,
  // The strip has more or fewer impurities than the model was made for.
  LANDAUER_STATUS_IMPURITY_COUNT = 9,
  // The scratch is shorter than landauer_scratch_len.
  LANDAUER_STATUS_SCRATCH_TOO_SHORT = 10,
  // The outputs are not as many as landauer_target_count.
  LANDAUER_STATUS_OUTPUT_LENGTH = 11,
  // A golden sample gave another number than the model file says.
  LANDAUER_STATUS_SELF_TEST = 12,
  // The workspace is shorter than landauer_workspace_len.
  LANDAUER_STATUS_WORKSPACE_TOO_SHORT = 13,
  // An energy, an on-site energy or the bias is infinite or NaN.
  LANDAUER_STATUS_NOT_FINITE = 14,
  // Rounding has destroyed the exact solution: current is not conserved.
  LANDAUER_STATUS_LOST_SOLUTION = 15,
  // Another error, which this version of the header has no name for.
  LANDAUER_STATUS_OTHER = 16,
  // The budget is smaller than what the cheapest estimate costs.
  LANDAUER_STATUS_BUDGET = 17,
} LandauerStatus;

// A model that has been checked, in memory of the caller's; it may be copied and moved.
typedef struct LandauerModel {
  // Not for the caller.
  uint64_t words[LANDAUER_MODEL_WORDS];
} LandauerModel;

// A hybrid that has been checked, in memory of the caller's; it may be copied and moved.
typedef struct LandauerHybrid {
  // Not for the caller.
  uint64_t words[LANDAUER_HYBRID_WORDS];
} LandauerHybrid;

// What was found within a budget.
typedef struct LandauerEstimate {
  // The multiply-adds that it was reckoned at.
  uint64_t multiply_adds;
  // G or Ḡ in units of G0.
  float value;
  // Impurities that were taken in exactly, at each of the energies.
  uint32_t solved;
  // Impurities of the strip.
  uint32_t impurities;
  // How many energies.
  uint32_t energies;
  // 1 if it is the exact solution, else 0.
  uint32_t exact;
} LandauerEstimate;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Reads a model file and checks all of it; nothing that follows can then go wrong with it.
//
// `bytes` must stay where they are for as long as the model is used; they should begin at a
// multiple of 16. Takes time in proportion to the file.
//
// # Safety
// `model` is null or points to a LandauerModel; `bytes` is null or points to `length` bytes, which
// nobody changes.
enum LandauerStatus landauer_open(struct LandauerModel *model, const uint8_t *bytes, size_t length);

// Bytes of scratch that a prediction takes; 0 if the model is not open.
//
// # Safety
// `model` is null or points to a LandauerModel.
size_t landauer_scratch_len(const struct LandauerModel *model);

// Sites of the model's strips, length times width; 0 if the model is not open.
//
// # Safety
// `model` is null or points to a LandauerModel.
size_t landauer_site_count(const struct LandauerModel *model);

// Sites in a slice of the model's strips; 0 if the model is not open.
//
// # Safety
// `model` is null or points to a LandauerModel.
size_t landauer_width(const struct LandauerModel *model);

// Numbers that the model predicts of a strip; 0 if it is not open.
//
// # Safety
// `model` is null or points to a LandauerModel.
size_t landauer_target_count(const struct LandauerModel *model);

// Predicts every target of a strip in units of G0/65536, in integers: the host's bits.
//
// `onsite` are `sites` on-site energies in slices of `width`, in units of t; `scratch` are
// `scratch_len` bytes, landauer_scratch_len at least; `values` are `value_count` places,
// landauer_target_count exactly, which are written only if the status is LANDAUER_STATUS_OK.
//
// # Safety
// Each pointer is null or points to as many elements as the number behind it says; scratch and
// values overlap with nothing. `model` is null or points to a LandauerModel.
enum LandauerStatus landauer_predict(const struct LandauerModel *model,
                                     const float *onsite,
                                     size_t sites,
                                     size_t width,
                                     int8_t *scratch,
                                     size_t scratch_len,
                                     int32_t *values,
                                     size_t value_count);

// Predicts the golden samples of the model file and compares all bits: is this the network that was
// exported, and does this machine run it right?
//
// `onsite` are `sites` places, landauer_site_count at least, and `scratch` as for landauer_predict;
// what they held is lost.
//
// # Safety
// Each pointer is null or points to as many elements as the number behind it says; they do not
// overlap. `model` is null or points to a LandauerModel.
enum LandauerStatus landauer_self_test(const struct LandauerModel *model,
                                       float *onsite,
                                       size_t sites,
                                       int8_t *scratch,
                                       size_t scratch_len);

// Floats of workspace that landauer_transmission and landauer_conductance take for strips of this
// width: 1840 for 40.
size_t landauer_workspace_len(size_t width);

// Reads a hybrid's file and checks all of it, as landauer_open does with a network's.
//
// # Safety
// `hybrid` is null or points to a LandauerHybrid; `bytes` is null or points to `length` bytes,
// which nobody changes.
enum LandauerStatus landauer_hybrid_open(struct LandauerHybrid *hybrid,
                                         const uint8_t *bytes,
                                         size_t length);

// Floats of workspace that a hybrid takes; 0 if it is not open. 1920 for 40 sites in a slice.
//
// # Safety
// `hybrid` is null or points to a LandauerHybrid.
size_t landauer_hybrid_workspace_len(const struct LandauerHybrid *hybrid);

// Predicts a strip by a hybrid, at the cost of so many multiply-adds at most: the host's bits.
//
// `onsite` are `sites` on-site energies in slices of `width`, in units of t; `workspace` are
// `workspace_len` floats, landauer_hybrid_workspace_len at least; `estimate` is written only if the
// status is LANDAUER_STATUS_OK.
//
// # Safety
// Each pointer is null or points to as many elements as the number behind it says (`estimate` to
// one); workspace and estimate overlap with nothing. `hybrid` is null or points to a LandauerHybrid.
enum LandauerStatus landauer_predict_within(const struct LandauerHybrid *hybrid,
                                            const float *onsite,
                                            size_t sites,
                                            size_t width,
                                            uint64_t budget,
                                            float *workspace,
                                            size_t workspace_len,
                                            struct LandauerEstimate *estimate);

// Predicts the golden samples of a hybrid's file and compares all bits, as landauer_self_test does
// with a network's.
//
// `onsite` are `sites` places, as many as its strips have at least; `workspace` is as for
// landauer_predict_within; what they held is lost.
//
// # Safety
// Each pointer is null or points to as many elements as the number behind it says; they do not
// overlap. `hybrid` is null or points to a LandauerHybrid.
enum LandauerStatus landauer_hybrid_self_test(const struct LandauerHybrid *hybrid,
                                              float *onsite,
                                              size_t sites,
                                              float *workspace,
                                              size_t workspace_len);

// Solves a strip exactly: the transmission T at one energy, in single precision, the host's bits.
//
// `onsite` are `sites` on-site energies in slices of `width`, in units of t; `workspace` are
// `workspace_len` floats, landauer_workspace_len at least; `result` is written only if the status
// is LANDAUER_STATUS_OK.
//
// # Safety
// Each pointer is null or points to as many elements as the number behind it says (`result` to
// one); workspace and result overlap with nothing.
enum LandauerStatus landauer_transmission(const float *onsite,
                                          size_t sites,
                                          size_t width,
                                          float energy,
                                          float *workspace,
                                          size_t workspace_len,
                                          float *result);

// Solves a strip exactly at the ten energies of the bias eV: the finite-bias conductance in units
// of G0, in single precision, the host's bits. All else is as for landauer_transmission.
//
// # Safety
// As for landauer_transmission.
enum LandauerStatus landauer_conductance(const float *onsite,
                                         size_t sites,
                                         size_t width,
                                         double bias,
                                         float *workspace,
                                         size_t workspace_len,
                                         float *result);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LANDAUER_H */

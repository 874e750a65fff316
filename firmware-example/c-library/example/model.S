/* The model file, where it belongs in flash. */
    .section .rodata.model, "a"
    .balign 16
    .global model_file, model_file_end
model_file:
    .incbin MODEL
model_file_end:

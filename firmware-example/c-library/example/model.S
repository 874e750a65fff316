/* The model files, where they belong in flash. */
    .section .rodata.model, "a"
    .balign 16
    .global model_file, model_file_end
model_file:
    .incbin MODEL
model_file_end:
    .balign 16
    .global hybrid_file, hybrid_file_end
hybrid_file:
    .incbin HYBRID
hybrid_file_end:

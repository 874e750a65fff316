"""Does with a data set what Zarr gives to its users.

    python annotate.py DATASET NOTE [--consolidate]

Sets the attribute "note" of the group, and of its array g, to NOTE; makes an array of the user's own,
"mine", if there is none; with --consolidate has zarr-python keep a copy of all metadata in the group's,
and insists that this copy says what the arrays say. Needs numpy and zarr >= 3.
"""
import sys
import warnings

import numpy as np
import zarr

# zarr-python says that other programs may not know its copy. This one does.
warnings.filterwarnings("ignore", message="Consolidated metadata")

path, note, *options = sys.argv[1:]
group = zarr.open_group(path, mode="r+")
group.attrs["note"] = note
group["g"].attrs["note"] = note
if "mine" not in group:
    group.create_array("mine", data=np.arange(3.0))
if "--consolidate" in options:
    zarr.consolidate_metadata(path)
    copied = zarr.open_consolidated(path)
    alone = zarr.open_group(path, mode="r", use_consolidated=False)
    for name, array in alone.arrays():
        # As text, since a fill value that is not a number is no other's equal.
        if str(copied[name].metadata.to_dict()) != str(array.metadata.to_dict()):
            sys.exit(f"the copy of {name} says something else")

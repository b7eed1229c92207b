"""Addresses a second on one core, and the time to load the divisions: python bench/addresses.py [seconds]."""

import sys
import time

from config.divisions import Divisions

ADDRESSES = (
    "上海市闵行区莘庄工业区申富路128号3号门",
    "江苏省昆山市玉山镇城北中路1288号",
    "合肥市蜀山区经济开发区锦绣大道88号",
    "浙江省绍兴市柯桥区华舍街道兴越路1999号5号楼1层装卸平台",
    "上海市閔行區顧戴路2988號",
    "杭州余杭临平街道北沙西路8号",
    "浙江杭州下沙6号大街260号",
    "鼓楼区中央路1号",
    "广东省深圳市宝安区福永街道桥头社区永福路88号B栋2楼",
    "广州市白云区太和镇大源北路133号仓库",
    "山东省青岛市市北区四流南路66号",
    "昆山开发区前进东路88号",
    "义乌",
    "上海浦东张江碧波路690号",
    "新疆维吾尔自治区乌鲁木齐市头屯河区喀什西路700号",
    "东莞市长安镇乌沙社区兴发南路12号",
    "北京市朝阳区望京街10号",
    "Building 4, No. 2250 Pudong South Road, Pudong New Area, Shanghai",
    "河北省廊坊市三河市燕郊开发区迎宾路",
    "西湖区文一西路100号",
)


def main(seconds: float) -> None:
    started = time.perf_counter()
    divisions = Divisions.load()
    print(f"load {time.perf_counter() - started:.3f} s")
    for address in ADDRESSES:
        divisions.locate(address)  # the names below each county are indexed when it is first met
    for label, read in (("locate", divisions.locate), ("locate, home", lambda a: divisions.locate(a, home="上海市"))):
        count, started = 0, time.process_time()
        while (spent := time.process_time() - started) < seconds:
            for address in ADDRESSES:
                read(address)
            count += len(ADDRESSES)
        print(f"{label}: {count / spent:,.0f} addresses a second of CPU, {len(ADDRESSES)} kinds")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
